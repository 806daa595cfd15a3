#!/usr/bin/env python3
"""Logits, gradients and attention distances of a DeiT with convolutional attention (MHCA) in its first blocks, from given
weights on a given batch, to compare kdx with. README.md describes the files.

    python3 mhca_step.py --weights start.safetensors --batch batch.safetensors --blocks 2 --mode additive --heads 2 \\
        --grid 3x2 --patch 4 --out pytorch.safetensors
"""

import argparse
import math

import torch
from torch import nn

from reference.losses import cross_entropy
from reference.safetensors import load_weights, read_safetensors, write_safetensors
from reference.vit import Attention, VisionTransformer


def positions(rows: int, columns: int) -> torch.Tensor:
    """[P, 2], patches row by row"""
    return torch.tensor([[r, c] for r in range(rows) for c in range(columns)], dtype=torch.float64)


class Rpe(nn.Module):
    def __init__(self, heads: int, gated: bool):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(heads, 3))
        self.gate = nn.Parameter(torch.zeros(heads)) if gated else None


class MeasuredAttention(Attention):
    """Attention that keeps its weights."""

    def scores(self, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        return torch.einsum("bhid,bhjd->bhij", q, k) / math.sqrt(q.shape[-1])

    def weigh(self, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        return self.scores(q, k).softmax(-1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        B, T, D = x.shape
        q, k, v = self.qkv(x).view(B, T, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        self.weights = self.weigh(q, k)  # [B, H, T, T]
        return self.proj(torch.einsum("bhij,bhjd->bihd", self.weights, v).reshape(B, T, D))


class ConvolutionalAttention(MeasuredAttention):
    """R_h[i, j] = v_h . (|delta|^2, delta_1, delta_2), delta = pos_j - pos_i; nothing for special tokens."""

    def __init__(self, dim: int, heads: int, where: torch.Tensor, special: int, gated: bool):
        super().__init__(dim, heads)
        self.rpe = Rpe(heads, gated)
        self.where, self.special = where, special

    def place(self) -> torch.Tensor:
        """[H, T, T]"""
        delta = self.where[None, :, :] - self.where[:, None, :]  # [i, j, 2]
        known = torch.stack([(delta**2).sum(-1), delta[..., 0], delta[..., 1]], dim=-1)
        T = self.special + len(self.where)
        placed = torch.zeros(self.heads, T, T, dtype=self.rpe.weight.dtype)
        placed[:, self.special :, self.special :] = torch.einsum("hk,ijk->hij", self.rpe.weight, known)
        return placed

    def weigh(self, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        if self.rpe.gate is None:
            return (self.scores(q, k) + self.place()).softmax(-1)
        share = torch.sigmoid(self.rpe.gate)[:, None, None]
        return (1 - share) * self.scores(q, k).softmax(-1) + share * self.place().softmax(-1)


def build(arguments: argparse.Namespace, weights: dict) -> VisionTransformer:
    rows, columns = map(int, arguments.grid.split("x"))
    where = positions(rows, columns)
    dim = weights["cls_token"].shape[-1]
    depth = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("blocks."))
    special = 1 + ("dist_token" in weights)
    model = VisionTransformer(
        arguments.patch, arguments.patch, len(weights["head.bias"]), dim, depth, arguments.heads, 4, special == 2
    )
    model.pos_embed = nn.Parameter(torch.empty(1, special + rows * columns, dim))
    for index, block in enumerate(model.blocks):
        if index < arguments.blocks:
            gated = arguments.mode == "gated"
            block.attn = ConvolutionalAttention(dim, arguments.heads, where, special, gated)
        else:
            block.attn = MeasuredAttention(dim, arguments.heads)
    load_weights(model, weights, arguments.weights)
    return model.double()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for flag in ("--weights", "--batch", "--mode", "--grid", "--out"):
        parser.add_argument(flag, required=True)
    for flag in ("--blocks", "--heads", "--patch"):
        parser.add_argument(flag, required=True, type=int)
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    weights, _ = read_safetensors(arguments.weights)
    batch, _ = read_safetensors(arguments.batch)
    model = build(arguments, weights)
    images = batch["images"].double().permute(0, 3, 1, 2)
    targets = batch["targets"].double()
    outputs = model(images)
    heads = dict(zip(("class", "distillation"), outputs if isinstance(outputs, tuple) else (outputs,)))
    loss = sum(cross_entropy(logits, targets) for logits in heads.values())
    loss.backward()

    results = {f"logits/{name}": logits for name, logits in heads.items()}
    results["loss"] = loss
    results.update({f"gradient/{name}": p.grad for name, p in model.named_parameters()})
    rows, columns = map(int, arguments.grid.split("x"))
    where = positions(rows, columns)
    apart = torch.cdist(where, where)
    special = model.pos_embed.shape[1] - len(where)
    results["distances"] = torch.stack(
        [
            (block.attn.weights[:, :, special:, special:] * apart).sum((-2, -1)).mean(0) / len(where)
            for block in model.blocks
        ]
    )
    write_safetensors(arguments.out, results)
    print("{}")


if __name__ == "__main__":
    main()
