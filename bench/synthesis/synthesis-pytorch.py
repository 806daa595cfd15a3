#!/usr/bin/env python3
"""One iteration of an inversion in eager PyTorch, the peer of kdx's synthesis benchmark: shift and mirror the images, forward
in evaluation mode, cross-entropy, total variation, norm, batch-norm statistics by hooks, the intra-divergence loss, the
gradient of the pixels alone, Adam, clamping, and the loss read back. Random images; float32 or autocast to bf16.

    python3 bench/synthesis/synthesis-pytorch.py --threads 1 [--weights cifar100_resnet56.safetensors]

warms up, prints `{"ready": true, ...}` and obeys its standard input: at each `step` it takes one and prints
`{"ms", "cpu_ms", "loss"}`; the end of the input ends it. kdx's step_kdx.mjs speaks the same.
"""

import argparse
import contextlib
import json
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "test" / "parity"))

from reference.threads import prepare_threads  # noqa: E402


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--depth", type=int, default=56)
    parser.add_argument("--weights")
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--per-class", type=int, default=4)
    parser.add_argument("--precision", choices=("float32", "bf16"), default="float32")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--channels-last", action="store_true", help="keep images, activations and filters as NHWC")
    parser.add_argument("--centred", action="store_true", help="variances from centred inputs, faster than x.var")
    parser.add_argument("--warmup", type=int, default=3)
    return parser.parse_args()


def make_step(arguments: argparse.Namespace):
    import torch
    import torch.nn.functional as F
    from torch import nn

    from reference.cifar import TEACHER_STATISTICS
    from reference.resnet import CifarResNet
    from reference.safetensors import load_weights, read_safetensors

    torch.manual_seed(0)
    B, size, device = arguments.batch, arguments.size, arguments.device
    layout = torch.channels_last if arguments.channels_last else torch.contiguous_format
    network = CifarResNet(arguments.depth, 100)
    if arguments.weights:
        load_weights(network, read_safetensors(arguments.weights)[0], arguments.weights)
    network = network.to(device, memory_format=layout).eval().requires_grad_(False)
    distances, features = [], []

    def note_statistics(norm, given, output):
        x = given[0].float()
        mean = x.mean((0, 2, 3))
        if arguments.centred:
            variance = (x - mean[:, None, None]).square().mean((0, 2, 3))
        else:
            variance = x.var((0, 2, 3), unbiased=False)
        distances.append(torch.norm(mean - norm.running_mean) + torch.norm(variance - norm.running_var))

    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(note_statistics)
    network.fc.register_forward_hook(lambda fc, given, output: features.append(given[0].float()))

    labels = (torch.arange(B, device=device) // arguments.per_class) % 100
    same = (labels[:, None] == labels[None, :]) & ~torch.eye(B, dtype=torch.bool, device=device)
    other = labels[:, None] != labels[None, :]
    valid = same.any(1) & other.any(1)
    pixels = torch.randn(B, 3, size, size, device=device).contiguous(memory_format=layout).requires_grad_()
    mean, std = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in TEACHER_STATISTICS)
    low, high = (0 - mean) / std, (1 - mean) / std
    optimizer = fastest_adam(pixels)

    def total_variation(x):
        return (
            torch.norm(x[:, :, :, 1:] - x[:, :, :, :-1])
            + torch.norm(x[:, :, 1:, :] - x[:, :, :-1, :])
            + torch.norm(x[:, :, 1:, 1:] - x[:, :, :-1, :-1])
            + torch.norm(x[:, :, 1:, :-1] - x[:, :, :-1, 1:])
        )

    def intra_divergence(g):
        u = F.normalize(g)
        apart = (2 - 2 * u @ u.t()).clamp_min(1e-12).sqrt()
        nearest = apart.masked_fill(~same, float("inf")).amin(1)
        farthest = apart.masked_fill(~same, float("-inf")).amax(1)
        boundary = apart.masked_fill(~other, float("inf")).amin(1)
        each = (boundary.detach() - 0.4 - nearest).clamp_min(0) + (farthest - boundary + 0.2).clamp_min(0)
        return each[valid].mean()

    def forward_precision():
        if arguments.precision == "bf16":
            return torch.autocast(torch.device(device).type, dtype=torch.bfloat16)
        return contextlib.nullcontext()

    def step() -> float:
        distances.clear()
        features.clear()
        shifts = random.randint(-2, 2), random.randint(-2, 2)
        seen = torch.roll(pixels, shifts, (2, 3))
        if random.random() < 0.5:
            seen = torch.flip(seen, (3,))
        with forward_precision():
            logits = network(seen)
        statistics = 10 * distances[0] + sum(distances[1:])
        loss = (
            F.cross_entropy(logits.float(), labels)
            + 1e-3 * total_variation(seen)
            + 1e-5 * torch.norm(seen.flatten(1), dim=1).mean()
            + 0.1 * statistics
            + 0.5 * intra_divergence(features[0])
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            pixels.copy_(torch.minimum(torch.maximum(pixels, low), high))
        return loss.item()

    return step


def fastest_adam(pixels):
    """All in one kernel, where this version of PyTorch has that on this device."""
    import torch

    try:
        optimizer = torch.optim.Adam([torch.zeros(1, device=pixels.device, requires_grad=True)], fused=True)
        optimizer.param_groups[0]["params"][0].grad = torch.zeros(1, device=pixels.device)
        optimizer.step()
        return torch.optim.Adam([pixels], lr=0.1, betas=(0.5, 0.9), fused=True)
    except (TypeError, RuntimeError):
        return torch.optim.Adam([pixels], lr=0.1, betas=(0.5, 0.9))


def main() -> None:
    arguments = parse_arguments()
    prepare_threads(arguments.threads)
    import torch

    step = make_step(arguments)
    for _ in range(arguments.warmup):
        step()
    print(json.dumps({"ready": True, "torch": torch.__version__, "channels_last": arguments.channels_last}), flush=True)
    for line in sys.stdin:
        if line.strip() != "step":
            sys.exit(f'synthesis-pytorch.py takes "step" and got "{line.strip()}".')
        began, used = time.perf_counter(), time.process_time()
        loss = step()
        times = {"ms": 1e3 * (time.perf_counter() - began), "cpu_ms": 1e3 * (time.process_time() - used)}
        print(json.dumps({**times, "loss": loss}), flush=True)


if __name__ == "__main__":
    main()
