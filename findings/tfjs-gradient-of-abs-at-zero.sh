#!/usr/bin/env bash
# The gradient of tf.abs is -1 at 0.
# Packages: @tensorflow/tfjs@4.22.0, under Node 20.
# Expected: 0, the sign of 0, as TensorFlow, PyTorch and JAX have it: an L1 penalty leaves a weight of 0 alone.
# Seen: -1: each step of gradient descent on an L1 penalty moves a weight of 0 upwards, by the whole rate.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix . @tensorflow/tfjs@4.22.0
cat > finding.cjs <<'JS'
const tf = require('@tensorflow/tfjs');

console.log('gradient of abs', tf.grad((x) => tf.sum(tf.abs(x)))(tf.tensor1d([-2, 0, 2])).dataSync().join());
console.log('sign', tf.sign(tf.tensor1d([-2, 0, 2])).dataSync().join());
JS
seen=$(node finding.cjs 2>/dev/null)
echo "$seen"
[ "$seen" = "gradient of abs -1,-1,1
sign -1,0,1" ] || {
  echo 'The output is another one now: this finding no longer holds.' >&2
  exit 1
}
