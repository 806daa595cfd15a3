#!/usr/bin/env bash
# The WebAssembly back end turns NaN into numbers where the CPU back end keeps it.
# Packages: @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0, under Node 20.
# Expected: NaN passes through a clip, a ReLU6 and a maximum, so that a diverged training shows, as in NumPy, PyTorch and on the CPU back end.
# Seen: clipByValue and relu6 make 0 of it; maximum gives NaN or the other number, by the order of its arguments.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix . @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cat > finding.cjs <<'JS'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
require('@tensorflow/tfjs-backend-wasm');

(async () => {
  for (const name of ['cpu', 'wasm']) {
    await tf.setBackend(name);
    console.log(name, [
      tf.clipByValue(tf.tensor1d([NaN]), 0, 1),
      tf.relu6(tf.tensor1d([NaN])),
      tf.maximum(tf.tensor1d([NaN]), tf.tensor1d([1])),
      tf.maximum(tf.tensor1d([1]), tf.tensor1d([NaN])),
    ].map((x) => x.dataSync()[0]).join());
  }
})();
JS
seen=$(node finding.cjs 2>/dev/null)
echo "$seen"
[ "$seen" = "cpu NaN,NaN,NaN,NaN
wasm 0,0,NaN,1" ] || {
  echo 'The output is another one now: this finding no longer holds.' >&2
  exit 1
}
