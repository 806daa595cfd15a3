#!/usr/bin/env bash
# tf.batchNorm can be differentiated only with a scale and an offset, both of which are optional.
# Packages: @tensorflow/tfjs@4.22.0, under Node 20.
# Expected: the gradient without them is that of a scale of 1 and an offset of 0.
# Seen: the values are right; the gradient raises a TypeError that names neither argument.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix . @tensorflow/tfjs@4.22.0
cat > finding.cjs <<'JS'
const tf = require('@tensorflow/tfjs');

const [mean, variance] = [tf.tensor1d([0]), tf.tensor1d([4])];
const [one, zero] = [tf.tensor1d([1]), tf.tensor1d([0])];
const x = tf.tensor2d([[2], [6]]);
for (const [name, offset, scale] of [['both', zero, one], ['scale alone', undefined, one], ['neither', undefined, undefined]]) {
  const normalise = (a) => tf.batchNorm(a, mean, variance, offset, scale, 0);
  const value = normalise(x).dataSync().join();
  try {
    console.log(name, 'value', value, 'gradient', tf.grad(normalise)(x).dataSync().join());
  } catch (error) {
    console.log(name, 'value', value, 'gradient', error.name);
  }
}
JS
seen=$(node finding.cjs 2>/dev/null)
echo "$seen"
[ "$seen" = "both value 1,3 gradient 0.5,0.5
scale alone value 1,3 gradient TypeError
neither value 1,3 gradient TypeError" ] || {
  echo 'The output is another one now: this finding no longer holds.' >&2
  exit 1
}
