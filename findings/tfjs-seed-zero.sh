#!/usr/bin/env bash
# TensorFlow.js takes the seed 0 for no seed in some of its random operations.
# Packages: @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0, under Node 20.
# Expected: equal seeds give equal numbers, 0 too, as in NumPy and PyTorch.
# Seen: randomUniform and dropout keep to that; randomNormal, truncatedNormal and multinomial draw new numbers at each call.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix . @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat > finding.cjs <<'JS'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');

const draws = {
  randomUniform: (seed) => tf.randomUniform([8], 0, 1, 'float32', seed),
  dropout: (seed) => tf.dropout(tf.ones([64]), 0.5, null, seed),
  randomNormal: (seed) => tf.randomNormal([8], 0, 1, 'float32', seed),
  truncatedNormal: (seed) => tf.truncatedNormal([8], 0, 1, 'float32', seed),
  multinomial: (seed) => tf.multinomial(tf.zeros([8]), 32, seed),
};
for (const [name, draw] of Object.entries(draws)) {
  const same = (seed) => String(draw(seed).dataSync()) === String(draw(seed).dataSync());
  console.log(name, 'seed 0:', same(0) ? 'repeats' : 'new numbers', 'seed 1:', same(1) ? 'repeats' : 'new numbers');
}
JS
seen=$(node finding.cjs 2>/dev/null)
echo "$seen"
[ "$seen" = "randomUniform seed 0: repeats seed 1: repeats
dropout seed 0: repeats seed 1: repeats
randomNormal seed 0: new numbers seed 1: repeats
truncatedNormal seed 0: new numbers seed 1: repeats
multinomial seed 0: new numbers seed 1: repeats" ] || {
  echo 'The output is another one now: this finding no longer holds.' >&2
  exit 1
}
