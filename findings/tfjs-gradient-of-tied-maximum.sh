#!/usr/bin/env bash
# The gradient of tf.max counts a maximum once for each element that has it.
# Packages: @tensorflow/tfjs@4.22.0, under Node 20.
# Expected: the gradient of a maximum adds up to 1: PyTorch and JAX share it among equal elements, or give it to one.
# Seen: with three equal elements it adds up to 3, and tf.min does likewise; tf.maximum of two tensors gives it to one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix . @tensorflow/tfjs@4.22.0
cat > finding.cjs <<'JS'
const tf = require('@tensorflow/tfjs');

const x = tf.tensor1d([2, 2, 2, 1]);
console.log('max', tf.grad((a) => tf.max(a))(x).dataSync().join());
console.log('min of the negative', tf.grad((a) => tf.min(a))(tf.neg(x)).dataSync().join());
const [a, b] = tf.grads((p, q) => tf.sum(tf.maximum(p, q)))([tf.scalar(2), tf.scalar(2)]);
console.log('maximum of two', a.dataSync().join(), b.dataSync().join());
JS
seen=$(node finding.cjs 2>/dev/null)
echo "$seen"
[ "$seen" = "max 1,1,1,0
min of the negative 1,1,1,0
maximum of two 1 0" ] || {
  echo 'The output is another one now: this finding no longer holds.' >&2
  exit 1
}
