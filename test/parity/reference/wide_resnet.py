"""Wide residual networks (Zagoruyko & Komodakis 2016, https://arxiv.org/abs/1605.07146, table 1) in the form of the CRD
benchmark: pre-activation blocks (He et al. 2016, https://arxiv.org/abs/1603.05027), depth 6n + 4, width factor k, no
dropout. Names are those of the benchmark's weights: conv1, block{1,2,3}.layer.{i}.{bn1,conv1,bn2,conv2,convShortcut},
bn1, fc."""

import re

import torch
import torch.nn.functional as F
from torch import nn


class PreActivationBlock(nn.Module):
    """[B, in, H, W] -> [B, out, H/stride, W/stride], without a norm or ReLU at its end"""

    def __init__(self, channels_in: int, channels_out: int, stride: int):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels_in)
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False)
        self.convShortcut = None
        if channels_in != channels_out:
            self.convShortcut = nn.Conv2d(channels_in, channels_out, 1, stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        active = self.bn1(x).relu()
        hidden = self.bn2(self.conv1(active)).relu()
        # A projection sees what the first norm and ReLU made of x; the identity is x itself.
        shortcut = x if self.convShortcut is None else self.convShortcut(active)
        return shortcut + self.conv2(hidden)


class Group(nn.Module):
    def __init__(self, blocks: int, channels_in: int, channels_out: int, stride: int):
        super().__init__()
        first = PreActivationBlock(channels_in, channels_out, stride)
        rest = [PreActivationBlock(channels_out, channels_out, 1) for _ in range(blocks - 1)]
        self.layer = nn.Sequential(first, *rest)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)


class WideResNet(nn.Module):
    """Normalised images [B, 3, H, W] -> logits [B, K]"""

    def __init__(self, depth: int, k: int, classes: int):
        super().__init__()
        blocks, rest = divmod(depth - 4, 6)
        if rest or blocks < 1:
            raise ValueError(f"A wide ResNet has 6n + 4 layers, not {depth}.")
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.block1 = Group(blocks, 16, 16 * k, 1)
        self.block2 = Group(blocks, 16 * k, 32 * k, 2)
        self.block3 = Group(blocks, 32 * k, 64 * k, 2)
        self.bn1 = nn.BatchNorm2d(64 * k)
        self.fc = nn.Linear(64 * k, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.relu(self.bn1(x)).mean((2, 3)))


def member(name: str, classes: int) -> nn.Module:
    """`cifar_wrn_16_2`"""
    depth, k = re.fullmatch(r"cifar_wrn_(\d+)_(\d+)", name).groups()
    return WideResNet(int(depth), int(k), classes)
