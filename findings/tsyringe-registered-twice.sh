#!/usr/bin/env bash
# A token that is registered twice in a tsyringe container keeps the last value, without a word.
# Packages: tsyringe@4.10.0 reflect-metadata@0.2.2, under Node 20.
# Expected: two parts that claim one token are told of each other, as InversifyJS does when it resolves an ambiguous binding.
# Seen: resolve() gives the last one; the first is still there for resolveAll().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix . tsyringe@4.10.0 reflect-metadata@0.2.2
cat > finding.cjs <<'JS'
require('reflect-metadata');
const { container } = require('tsyringe');
container.register('optimiser', { useValue: 'sgd' });
container.register('optimiser', { useValue: 'adam' });
console.log('resolve', container.resolve('optimiser'));
console.log('resolveAll', container.resolveAll('optimiser').join());
JS
seen=$(node finding.cjs 2>/dev/null)
echo "$seen"
[ "$seen" = "resolve adam
resolveAll sgd,adam" ] || {
  echo 'The output is another one now: this finding no longer holds.' >&2
  exit 1
}
