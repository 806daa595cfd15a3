#!/usr/bin/env bash
# The gradient of tf.norm at a vector of zeros is not a number.
# Packages: @tensorflow/tfjs@4.22.0, under Node 20.
# Expected: 0, the subgradient that PyTorch takes: a penalty on a norm can meet a row of zeros.
# Seen: NaN for each element.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix . @tensorflow/tfjs@4.22.0
cat > finding.cjs <<'JS'
const tf = require('@tensorflow/tfjs');

console.log(tf.grad((x) => tf.norm(x))(tf.zeros([3])).dataSync().join());
JS
seen=$(node finding.cjs 2>/dev/null)
echo "$seen"
[ "$seen" = "NaN,NaN,NaN" ] || {
  echo 'The output is another one now: this finding no longer holds.' >&2
  exit 1
}
