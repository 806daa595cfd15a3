#!/usr/bin/env bash
# safetensors writes the metadata of a file in another order in each process.
# Packages: safetensors 0.7.0, numpy 2.2.6, under Python 3.11.
# Expected: equal tensors and equal metadata give equal bytes, so that a hash tells whether a file is the same.
# Seen: of ten processes that save the same, at least two differ; the tensors are equal, and so is what is read back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check safetensors==0.7.0 numpy==2.2.6
cat > finding.py <<'PYTHON'
import hashlib

import numpy
from safetensors.numpy import save

tensors = {"weight": numpy.zeros(4, numpy.float32)}
metadata = {"epoch": "1", "model": "resnet20", "data": "cifar100", "seed": "0", "author": "anybody"}
print(hashlib.sha256(save(tensors, metadata=metadata)).hexdigest())
PYTHON
different=$(for _ in 1 2 3 4 5 6 7 8 9 10; do venv/bin/python finding.py; done | sort -u | wc -l)
echo "$different different files of 10"
[ "$different" -gt 1 ] || {
  echo 'All ten files are equal now: this finding no longer holds.' >&2
  exit 1
}
