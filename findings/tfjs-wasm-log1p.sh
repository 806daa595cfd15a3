#!/usr/bin/env bash
# On the WebAssembly back end log1p loses what it is there for.
# Packages: @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0, under Node 20.
# Expected: log1p(x) is about x for small x, where log(1 + x) is 0 for want of digits.
# Seen: 0 for 1e-8, that is, log(1 + x); the CPU back end gives 1e-8.
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
    console.log(name, tf.log1p(tf.scalar(1e-8)).dataSync()[0].toPrecision(3));
  }
})();
JS
seen=$(node finding.cjs 2>/dev/null)
echo "$seen"
[ "$seen" = "cpu 1.00e-8
wasm 0.00" ] || {
  echo 'The output is another one now: this finding no longer holds.' >&2
  exit 1
}
