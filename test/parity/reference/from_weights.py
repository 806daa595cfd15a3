"""Models in the size that a file of weights has."""

from typing import Dict, Optional

import torch

from .resnet import CifarResNet
from .vit import VisionTransformer

Weights = Dict[str, torch.Tensor]


def count(weights: Weights, stage: str) -> int:
    """Children `<stage>.0`, `<stage>.1`, …"""
    return len({name.split(".")[1] for name in weights if name.startswith(stage + ".")})


def resnet_of(weights: Weights) -> CifarResNet:
    """As deep and as wide as the weights; their values are not set."""
    return CifarResNet(
        depth=6 * count(weights, "layer1") + 2, classes=len(weights["fc.weight"]), width=len(weights["conv1.weight"])
    )


def vit_of(weights: Weights, heads: Optional[int] = None) -> VisionTransformer:
    """As deep and as wide as the weights; their values are not set. Heads do not show in weights: by default they are
    64 wide, or 32, 16 or 8 where that divides the width of a token, else there is one, as in kdx."""
    dim, _, _, patch = weights["patch_embed.proj.weight"].shape
    distilled = "dist_token" in weights
    patches = weights["pos_embed"].shape[1] - (2 if distilled else 1)
    if heads is None:
        heads = dim // next((width for width in (64, 32, 16, 8) if dim % width == 0), dim)
    return VisionTransformer(
        image=patch * round(patches**0.5),
        patch=patch,
        classes=len(weights["head.weight"]),
        dim=dim,
        depth=count(weights, "blocks"),
        heads=heads,
        mlp_ratio=len(weights["blocks.0.mlp.fc1.weight"]) / dim,
        distilled=distilled,
    )
