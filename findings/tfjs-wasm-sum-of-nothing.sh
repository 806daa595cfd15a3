#!/usr/bin/env bash
# On the WebAssembly back end the sum over an axis without elements is not 0.
# Packages: @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0, under Node 20.
# Expected: the sum of nothing is 0, as in NumPy, PyTorch and on the CPU back end: a batch from which a mask takes every row adds nothing to a loss.
# Seen: what was in that memory before; here the 7s of a tensor that was disposed of.
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
    for (let i = 0; i < 64; i++) {
      const used = tf.fill([1], 7);
      used.dataSync();
      used.dispose();
    }
    const sum = tf.sum(tf.zeros([0])).dataSync()[0];
    console.log(name, sum === 0 ? '0' : 'another number');
  }
})();
JS
seen=$(node finding.cjs 2>/dev/null)
echo "$seen"
[ "$seen" = "cpu 0
wasm another number" ] || {
  echo 'The output is another one now: this finding no longer holds.' >&2
  exit 1
}
