#!/usr/bin/env bash
# A padding by one number takes the height of the window and of the stride for the width too.
# Packages: @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0, under Node 20.
# Expected: one number of zeros on each of the four sides: a 3x1 window over 5x5 pixels padded by 1 gives 5x7, as the same padding written out does.
# Seen: 5x5 with the number, 5x7 written out; with strides 1 and 2, 7x7 instead of 7x4.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix . @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat > finding.cjs <<'JS'
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');

const x = tf.ones([1, 5, 5, 1]);
const sides = [[0, 0], [1, 1], [1, 1], [0, 0]];
const tall = tf.ones([3, 1, 1, 1]);
const point = tf.ones([1, 1, 1, 1]);
console.log('window 3x1, number', tf.conv2d(x, tall, 1, 1).shape.join('x'), 'written out', tf.conv2d(x, tall, 1, sides).shape.join('x'));
console.log('stride 1x2, number', tf.conv2d(x, point, [1, 2], 1).shape.join('x'), 'written out', tf.conv2d(x, point, [1, 2], sides).shape.join('x'));
JS
seen=$(node finding.cjs 2>/dev/null)
echo "$seen"
[ "$seen" = "window 3x1, number 1x5x5x1 written out 1x5x7x1
stride 1x2, number 1x7x7x1 written out 1x7x4x1" ] || {
  echo 'The output is another one now: this finding no longer holds.' >&2
  exit 1
}
