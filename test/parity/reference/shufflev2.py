"""ShuffleNet V2 (Ma et al. 2018, https://arxiv.org/abs/1807.11164, figure 3 c and d, table 5) in the form of the CRD
benchmark: a 1x1 convolution for the stem and no max-pooling. Names are those of the published weights: conv1, bn1,
layer{1,2,3}.0.{conv1..5,bn1..5}, layer{1,2,3}.{1..}.{conv1..3,bn1..3}, conv2, bn2, linear."""

from typing import Tuple

import torch
import torch.nn.functional as F
from torch import nn

from .channel_shuffle import channel_shuffle


class HalvingUnit(nn.Module):
    """[B, in, H, W] -> [B, out, H/2, W/2], each branch half of it"""

    def __init__(self, channels_in: int, channels_out: int):
        super().__init__()
        half = channels_out // 2
        self.conv1 = nn.Conv2d(channels_in, channels_in, 3, 2, padding=1, groups=channels_in, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_in)
        self.conv2 = nn.Conv2d(channels_in, half, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(half)
        self.conv3 = nn.Conv2d(channels_in, half, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(half)
        self.conv4 = nn.Conv2d(half, half, 3, 2, padding=1, groups=half, bias=False)
        self.bn4 = nn.BatchNorm2d(half)
        self.conv5 = nn.Conv2d(half, half, 1, bias=False)
        self.bn5 = nn.BatchNorm2d(half)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        left = F.relu(self.bn2(self.conv2(self.bn1(self.conv1(x)))))
        right = self.bn4(self.conv4(F.relu(self.bn3(self.conv3(x)))))
        right = F.relu(self.bn5(self.conv5(right)))
        return channel_shuffle(torch.cat((left, right), 1), 2)


class KeepingUnit(nn.Module):
    """[B, C, H, W] -> [B, C, H, W]; the first half of the channels is handed through."""

    def __init__(self, channels: int):
        super().__init__()
        half = channels // 2
        self.conv1 = nn.Conv2d(half, half, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(half)
        self.conv2 = nn.Conv2d(half, half, 3, padding=1, groups=half, bias=False)
        self.bn2 = nn.BatchNorm2d(half)
        self.conv3 = nn.Conv2d(half, half, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(half)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        untouched, x = x.chunk(2, dim=1)
        x = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        x = F.relu(self.bn3(self.conv3(x)))
        return channel_shuffle(torch.cat((untouched, x), 1), 2)


class ShuffleNetV2(nn.Module):
    """Normalised images [B, 3, H, W] -> logits [B, K]"""

    def __init__(self, classes: int = 100, widths: Tuple[int, int, int, int] = (116, 232, 464, 1024)):
        super().__init__()
        first, second, third, last = widths
        self.conv1 = nn.Conv2d(3, 24, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(24)
        self.layer1 = nn.Sequential(HalvingUnit(24, first), *[KeepingUnit(first) for _ in range(3)])
        self.layer2 = nn.Sequential(HalvingUnit(first, second), *[KeepingUnit(second) for _ in range(7)])
        self.layer3 = nn.Sequential(HalvingUnit(second, third), *[KeepingUnit(third) for _ in range(3)])
        self.conv2 = nn.Conv2d(third, last, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(last)
        self.linear = nn.Linear(last, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(self.layer3(self.layer2(self.layer1(x))))))
        return self.linear(x.mean((2, 3)))


def member(name: str, classes: int) -> nn.Module:
    """`cifar_shufflev2`, the benchmark's"""
    if name != "cifar_shufflev2":
        raise ValueError(f"This file has cifar_shufflev2 and not {name}.")
    return ShuffleNetV2(classes)
