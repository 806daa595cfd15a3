#!/usr/bin/env python3
"""The steps of a small DearKD run, each from the weights that kdx had before it, in float64. README.md describes the
files.

    python3 dearkd_step.py --run FOLDER --epochs 5 --stage1 2 --stage2 anneal --alpha 0.4 --beta 0.7 \\
        --pairs blocks.0:layer2 --normalize channel-std --lr 1e-3 --weight-decay 0.05 --out pytorch.safetensors
"""

import argparse
import json
from pathlib import Path
from typing import Dict, List

import torch
from torch import nn

from mhca_step import ConvolutionalAttention, positions
from reference.dearkd import Aligner, Target, weights_at
from reference.from_weights import resnet_of, vit_of
from reference.losses import cross_entropy
from reference.optimizers import is_decayed
from reference.safetensors import load_weights, read_safetensors, write_safetensors

Tensors = Dict[str, torch.Tensor]


class Tapped:
    """A model with normalised images, and what some of its parts gave at the last forward."""

    def __init__(self, model: nn.Module, metadata: Dict[str, str], paths: List[str]):
        self.model, self.taps = model, {}
        self.mean, self.std = (
            torch.tensor(json.loads(metadata[key]), dtype=torch.float64).view(1, 3, 1, 1)
            for key in ("kdx.mean", "kdx.std")
        )
        for path in paths:
            model.get_submodule(path).register_forward_hook(self.keep(path))

    def keep(self, path: str):
        def hook(_module, _inputs, output):
            self.taps[path] = output

        return hook

    def __call__(self, images: torch.Tensor):
        return self.model((images - self.mean) / self.std)


def student_of(weights: Tensors) -> nn.Module:
    """A DeiT; blocks that have position parameters attend by them."""
    model = vit_of(weights)
    special = 2
    side = round((weights["pos_embed"].shape[1] - special) ** 0.5)
    for index, block in enumerate(model.blocks):
        if f"blocks.{index}.attn.rpe.weight" in weights:
            gated = f"blocks.{index}.attn.rpe.gate" in weights
            dim, heads = block.attn.proj.in_features, block.attn.heads
            block.attn = ConvolutionalAttention(dim, heads, positions(side, side), special, gated)
    return model.double()


def adamw(modules: Dict[str, nn.Module], lr: float, weight_decay: float) -> torch.optim.AdamW:
    groups = []
    for module in modules.values():
        for name, parameter in module.named_parameters():
            decayed = is_decayed(name, parameter) and ".rpe." not in name
            groups.append({"params": [parameter], "weight_decay": weight_decay if decayed else 0.0})
    return torch.optim.AdamW(groups, lr=lr)


def part(tensors: Tensors, prefix: str) -> Tensors:
    return {name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def suffix_of(pair: int) -> str:
    """kdx's helper modules are `aligner` and `target`, then `aligner2`, …"""
    return "" if pair == 0 else str(pair + 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", required=True, type=Path, help="folder of the files")
    parser.add_argument("--epochs", required=True, type=int, help="E, of one step each")
    parser.add_argument("--stage1", required=True, type=int, help="E1")
    parser.add_argument("--stage2", choices=("anneal", "ce-only"), required=True)
    parser.add_argument("--pairs", required=True, help="BLOCK:STAGE, with a comma between pairs")
    parser.add_argument("--normalize", choices=("channel-std", "none"), required=True)
    parser.add_argument("--out", required=True)
    for flag in ("--alpha", "--beta", "--lr", "--weight-decay"):
        parser.add_argument(flag, required=True, type=float)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    pairs = [pair.split(":") for pair in arguments.pairs.split(",")]

    weights, metadata = read_safetensors(arguments.run / "teacher.safetensors")
    network = resnet_of(weights)
    load_weights(network, weights, "teacher")
    teacher = Tapped(network.double().eval(), metadata, [stage for _, stage in pairs])

    weights, metadata = read_safetensors(arguments.run / "student-0.safetensors")
    student = Tapped(student_of(weights), metadata, [block for block, _ in pairs])
    side = round((weights["pos_embed"].shape[1] - 2) ** 0.5)

    modules = {"student": student.model}
    batch, _ = read_safetensors(arguments.run / "batch-0.safetensors")
    with torch.no_grad():
        teacher(batch["images"].double().permute(0, 3, 1, 2))
    for index, (_, stage) in enumerate(pairs):
        channels, *size = teacher.taps[stage].shape[1:]
        suffix = suffix_of(index)
        dim = weights["cls_token"].shape[-1]
        modules[f"aligner{suffix}"] = Aligner(dim, (side, side), tuple(size), channels).double()
        if arguments.normalize == "channel-std":
            modules[f"target{suffix}"] = Target(channels).double()
    optimizer = adamw(modules, arguments.lr, arguments.weight_decay)

    results = {}
    for epoch in range(arguments.epochs):
        weights, _ = read_safetensors(arguments.run / f"student-{epoch}.safetensors")
        helpers, _ = read_safetensors(arguments.run / f"modules-{epoch}.safetensors")
        batch, _ = read_safetensors(arguments.run / f"batch-{epoch}.safetensors")
        for name, module in modules.items():
            given = weights if name == "student" else part(helpers, f"{name}/")
            load_weights(module, given, f"{name} of epoch {epoch}")
        found = step(student, teacher, modules, pairs, batch, optimizer, epoch, arguments)
        results.update({f"{epoch}/{name}": value for name, value in found.items()})
    write_safetensors(arguments.out, results)
    print(json.dumps({"torch": torch.__version__}))


def step(
    student: Tapped,
    teacher: Tapped,
    modules: Dict[str, nn.Module],
    pairs: List[List[str]],
    batch: Tensors,
    optimizer: torch.optim.AdamW,
    epoch: int,
    arguments: argparse.Namespace,
) -> Tensors:
    """One update of the modules. The optimiser leaves alone what has no gradient, decay included."""
    alpha, beta = weights_at(
        epoch, arguments.epochs, arguments.stage1, arguments.alpha, arguments.beta, arguments.stage2
    )
    images = batch["images"].double().permute(0, 3, 1, 2)  # [B, H, W, 3] -> [B, 3, H, W]
    for module in modules.values():
        module.train()
    optimizer.zero_grad(set_to_none=True)

    classes, distilled = student(images)
    terms = {"ce": cross_entropy(classes, batch["targets"].double())}
    total = alpha * terms["ce"]
    results = {"logits/class": classes, "logits/distillation": distilled}
    if alpha < 1:
        with torch.no_grad():
            decision = teacher(images)
        results["logits/teacher"] = decision
        terms["kd"] = cross_entropy(distilled, decision.argmax(1))
        total = total + (1 - alpha) * terms["kd"]
    if beta > 0:
        losses = []
        for index, (block, stage) in enumerate(pairs):
            suffix = suffix_of(index)
            aligned = modules[f"aligner{suffix}"](student.taps[block])
            target = teacher.taps[stage]
            if arguments.normalize == "channel-std":
                target = modules[f"target{suffix}"](target)
                results[f"maps/target{suffix}"] = target.permute(0, 2, 3, 1)
            results[f"maps/aligner{suffix}"] = aligned.permute(0, 2, 3, 1)
            losses.append(((aligned - target) ** 2).mean())
        terms["hidden"] = sum(losses) / len(losses)
        total = total + beta * terms["hidden"]
    total.backward()

    results.update({f"loss/{name}": value.reshape(1) for name, value in {**terms, "total": total}.items()})
    for name, module in modules.items():
        for path, parameter in module.named_parameters():
            if parameter.grad is not None:
                results[f"gradient/{name}/{path}"] = parameter.grad
    optimizer.step()
    for name, module in modules.items():
        for path, tensor in module.state_dict().items():
            if not path.endswith("num_batches_tracked"):
                results[f"after/{name}/{path}"] = tensor
    return {name: value.detach().clone() for name, value in results.items()}


if __name__ == "__main__":
    main()
