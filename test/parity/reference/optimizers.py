"""Optimisers with kdx's exemptions from weight decay."""

from typing import List

import torch
from torch import nn


def is_decayed(name: str, parameter: nn.Parameter) -> bool:
    """All but vectors (biases, norms), the class token and the position embedding; a distillation token is decayed."""
    return parameter.ndim > 1 and not name.endswith((".bias", "cls_token", "pos_embed"))


def parameter_groups(model: nn.Module, weight_decay: float) -> List[dict]:
    named = list(model.named_parameters())
    return [
        {"params": [p for name, p in named if is_decayed(name, p)], "weight_decay": weight_decay},
        {"params": [p for name, p in named if not is_decayed(name, p)], "weight_decay": 0.0},
    ]


def sgd(model: nn.Module, lr: float, momentum: float, weight_decay: float, **how) -> torch.optim.SGD:
    """Without Nesterov and dampening, kdx's default. `how`: `foreach` or `fused`, where the version has it."""
    return torch.optim.SGD(parameter_groups(model, weight_decay), lr=lr, momentum=momentum, **how)


def adamw(model: nn.Module, lr: float, weight_decay: float, **how) -> torch.optim.AdamW:
    return torch.optim.AdamW(parameter_groups(model, weight_decay), lr=lr, weight_decay=weight_decay, **how)
