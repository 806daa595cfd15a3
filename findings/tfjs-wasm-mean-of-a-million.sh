#!/usr/bin/env bash
# On the WebAssembly back end the mean of a million equal numbers is one per cent off.
# Packages: @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0, under Node 20.
# Expected: the number itself to six digits, as NumPy, PyTorch and the CPU back end give it.
# Seen: 0.10096 for 0.1: the sum is one running total in float32.
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
    console.log(name, tf.mean(tf.fill([1000000], 0.1)).dataSync()[0].toFixed(5));
  }
})();
JS
seen=$(node finding.cjs 2>/dev/null)
echo "$seen"
[ "$seen" = "cpu 0.10000
wasm 0.10096" ] || {
  echo 'The output is another one now: this finding no longer holds.' >&2
  exit 1
}
