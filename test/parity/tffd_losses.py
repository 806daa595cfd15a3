#!/usr/bin/env python3
"""Losses and gradients of teacher-free feature distillation on given features, in float64, to compare kdx with.

    python3 tffd_losses.py --features features.safetensors --score code --pairs all --stop false --out pytorch.safetensors

The file holds `layer0`, `layer1`, … as [B, H, W, C] and `scale0`, …; what comes back are `intra`, `inter`, and the gradient
of their sum as `gradient0`, … in the same layout.
"""

import argparse

import torch

from reference.safetensors import read_safetensors, write_safetensors
from reference.tffd import inter, intra, pairs, salience


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", required=True)
    parser.add_argument("--score", required=True)
    parser.add_argument("--p", type=float, default=2)
    parser.add_argument("--pairs", default="all")
    parser.add_argument("--stop", default="false")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    given, _ = read_safetensors(arguments.features)
    tensors = {name: value.double() for name, value in given.items()}
    count = sum(name.startswith("layer") for name in tensors)
    layers = [tensors[f"layer{i}"].permute(0, 3, 1, 2).contiguous().requires_grad_() for i in range(count)]
    scores = [salience(x, arguments.score, arguments.p, tensors[f"scale{i}"]) for i, x in enumerate(layers)]
    within = torch.stack([intra(x, s, arguments.stop == "true") for x, s in zip(layers, scores)]).mean()
    between = torch.stack([inter(layers[i], layers[j]) for i, j in pairs(count, arguments.pairs)]).mean()
    (within + between).backward()
    results = {"intra": within.detach().reshape(1), "inter": between.detach().reshape(1)}
    for i, x in enumerate(layers):
        results[f"gradient{i}"] = x.grad.permute(0, 2, 3, 1).contiguous()
    write_safetensors(arguments.out, results)
    print("{}")


if __name__ == "__main__":
    main()
