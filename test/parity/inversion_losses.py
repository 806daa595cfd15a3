#!/usr/bin/env python3
"""The loss of an inversion and its gradient by the pixels, in float64, to compare kdx with.

    python3 inversion_losses.py --network start.safetensors --batch batch.safetensors \\
        --case case.json --out pytorch.safetensors

The network is a CIFAR ResNet's weights as kdx writes them. The case's file holds `images` [B, H, W, 3], as the network sees
them, and `other` [B, K], the logits of another network; its JSON has `labels`, `weights`, `first` (the multiplier of the first
batch norm), `kind` and the options of that divergence. What comes back are the parts without their weights, their weighted
sum as `total`, and its `gradient` [B, H, W, 3].
"""

import argparse
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from reference.from_weights import resnet_of
from reference.inversion import LOSSES, batch_norm_distance, prior
from reference.safetensors import load_weights, read_safetensors, write_safetensors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", required=True)
    parser.add_argument("--batch", required=True)
    parser.add_argument("--case", required=True)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    weights, _ = read_safetensors(arguments.network)
    batch, _ = read_safetensors(arguments.batch)
    case = json.loads(Path(arguments.case).read_text())
    network = resnet_of(weights)
    load_weights(network, weights, arguments.network)
    network = network.double().eval().requires_grad_(False)
    seen, features = [], []
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(lambda norm, given, output: seen.append((norm, given[0])))
    network.fc.register_forward_hook(lambda fc, given, output: features.append(given[0]))

    images = batch["images"].double().requires_grad_()
    logits = network(images.permute(0, 3, 1, 2))
    labels = torch.tensor(case["labels"])

    parts = {"ce": F.cross_entropy(logits, labels), **prior(images.permute(0, 3, 1, 2))}
    parts["batchNorm"] = batch_norm_distance(seen, case["first"])
    parts["divergence"] = LOSSES[case["kind"]](features[0], labels, logits, batch["other"].double(), case)
    total = sum(case["weights"][name] * part for name, part in parts.items())
    total.backward()
    results = {name: part.detach().reshape(1) for name, part in {**parts, "total": total}.items()}
    write_safetensors(arguments.out, {**results, "gradient": images.grad})
    print("{}")


if __name__ == "__main__":
    main()
