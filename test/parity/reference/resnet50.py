"""Residual networks of four stages (He et al. 2016, https://arxiv.org/abs/1512.03385, table 1) with a stem for 32x32
images, as in the CRD benchmark: one 3x3 convolution, no pooling. Names are those of the benchmark's weights: conv1, bn1,
layer{1..4}.{i}.{conv1,bn1,conv2,bn2[,conv3,bn3],shortcut.{0,1}}, linear."""

from typing import List, Tuple

import torch
import torch.nn.functional as F
from torch import nn


class ResidualBlock(nn.Module):
    """Convolutions of (kernel, channels, stride), each with a norm; ReLU between them and after the sum."""

    def __init__(self, channels_in: int, convolutions: List[Tuple[int, int, int]]):
        super().__init__()
        self.count = len(convolutions)
        channels, total_stride = channels_in, 1
        for i, (kernel, out, stride) in enumerate(convolutions, 1):
            setattr(self, f"conv{i}", nn.Conv2d(channels, out, kernel, stride, padding=kernel // 2, bias=False))
            setattr(self, f"bn{i}", nn.BatchNorm2d(out))
            channels, total_stride = out, total_stride * stride
        self.shortcut = nn.Identity()
        if total_stride != 1 or channels != channels_in:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels, 1, total_stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            if i < self.count:
                y = F.relu(y)
        return F.relu(y + self.shortcut(x))


def basic(channels_in: int, width: int, stride: int) -> ResidualBlock:
    return ResidualBlock(channels_in, [(3, width, stride), (3, width, 1)])


def bottleneck(channels_in: int, width: int, stride: int) -> ResidualBlock:
    return ResidualBlock(channels_in, [(1, width, 1), (3, width, stride), (1, 4 * width, 1)])


# Block, its widening, blocks per stage.
LAYERS = {
    18: (basic, 1, (2, 2, 2, 2)),
    34: (basic, 1, (3, 4, 6, 3)),
    50: (bottleneck, 4, (3, 4, 6, 3)),
}


class ResNet(nn.Module):
    """Normalised images [B, 3, H, W] -> logits [B, K]"""

    def __init__(self, layers: int, classes: int):
        super().__init__()
        block, widening, counts = LAYERS[layers]
        self.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        channels = 64
        for stage, (width, count) in enumerate(zip((64, 128, 256, 512), counts)):
            blocks = []
            for i in range(count):
                blocks.append(block(channels, width, 2 if i == 0 and stage > 0 else 1))
                channels = width * widening
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(channels, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.linear(x.mean((2, 3)))


def member(name: str, classes: int) -> nn.Module:
    """`cifar_ResNet50`"""
    return ResNet(int(name[len("cifar_ResNet") :]), classes)
