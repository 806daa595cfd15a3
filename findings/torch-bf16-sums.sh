#!/usr/bin/env bash
# PyTorch keeps sums of bfloat16 products in bfloat16 where oneDNN does not compute them.
# Packages: torch 1.12.1, numpy 1.26.4, under Python 3.10 (PYTHON names it; the wheel has 776 MB).
# Expected: products of bfloat16 are summed in float32 and the sum is rounded once, so that 2,048 ones add up to 2048.
# Seen: 256, where adding 1 changes nothing any more. torch.dot does so everywhere; matrix products and convolutions where
#   oneDNN is off or has no bfloat16 for the processor, that is, on x86 without AVX-512. The script turns oneDNN off, which
#   takes the same path on any processor. (ONEDNN_MAX_CPU_ISA=AVX2 on a newer one raises an error instead.) Debian's torch
#   1.13.1 does the same.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3.10}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==1.12.1 numpy==1.26.4
cat > finding.py <<'PYTHON'
import torch

ones = torch.ones(4, 2048, dtype=torch.bfloat16)
image, filters = torch.ones(1, 32, 8, 8), torch.ones(4, 32, 8, 8)
print("float32 matrix product", (ones.float() @ ones.float().t())[0, 0].item())
print("bfloat16 dot", torch.dot(ones[0], ones[0]).item())
with torch.backends.mkldnn.flags(enabled=False):
    print("bfloat16 matrix product", (ones @ ones.t())[0, 0].item())
    print("bfloat16 convolution", torch.conv2d(image.bfloat16(), filters.bfloat16()).flatten()[0].item())
PYTHON
seen=$(venv/bin/python finding.py)
echo "$seen"
[ "$seen" = "float32 matrix product 2048.0
bfloat16 dot 256.0
bfloat16 matrix product 256.0
bfloat16 convolution 256.0" ] || {
  echo 'The output is another one now: this finding no longer holds.' >&2
  exit 1
}
