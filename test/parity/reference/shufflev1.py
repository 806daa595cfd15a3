"""ShuffleNet (Zhang et al. 2018, https://arxiv.org/abs/1707.01083, figure 2 and table 1) with 3 groups, in the form of the
CRD benchmark: a 1x1 convolution for the stem, no max-pooling, a ReLU after the depthwise convolution too. Names are those
of the published weights: conv1, bn1, layer{1,2,3}.{i}.{conv1,bn1,conv2,bn2,conv3,bn3}, linear."""

import torch
import torch.nn.functional as F
from torch import nn

from .channel_shuffle import channel_shuffle


class ShuffleUnit(nn.Module):
    """[B, in, H, W] -> [B, out, H/stride, W/stride]; with stride 2 the pooled input is part of the output."""

    def __init__(self, channels_in: int, channels_out: int, stride: int, first_groups: int, groups: int):
        super().__init__()
        made = channels_out - channels_in if stride == 2 else channels_out
        hidden = made // 4
        self.first_groups = first_groups
        self.conv1 = nn.Conv2d(channels_in, hidden, 1, groups=first_groups, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden)
        self.conv2 = nn.Conv2d(hidden, hidden, 3, stride, padding=1, groups=hidden, bias=False)
        self.bn2 = nn.BatchNorm2d(hidden)
        self.conv3 = nn.Conv2d(hidden, made, 1, groups=groups, bias=False)
        self.bn3 = nn.BatchNorm2d(made)
        self.shrink = nn.AvgPool2d(3, stride=2, padding=1) if stride == 2 else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = F.relu(self.bn1(self.conv1(x)))
        hidden = channel_shuffle(hidden, self.first_groups)
        hidden = F.relu(self.bn2(self.conv2(hidden)))
        made = self.bn3(self.conv3(hidden))
        return F.relu(made + x if self.shrink is None else torch.cat((made, self.shrink(x)), 1))


class ShuffleNetV1(nn.Module):
    """Normalised images [B, 3, H, W] -> logits [B, K]"""

    def __init__(self, classes: int = 100, groups: int = 3):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 24, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(24)
        self.layer1 = nn.Sequential(
            ShuffleUnit(24, 240, 2, 1, groups), *[ShuffleUnit(240, 240, 1, groups, groups) for _ in range(3)]
        )
        self.layer2 = nn.Sequential(
            ShuffleUnit(240, 480, 2, groups, groups), *[ShuffleUnit(480, 480, 1, groups, groups) for _ in range(7)]
        )
        self.layer3 = nn.Sequential(
            ShuffleUnit(480, 960, 2, groups, groups), *[ShuffleUnit(960, 960, 1, groups, groups) for _ in range(3)]
        )
        self.linear = nn.Linear(960, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        return self.linear(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


def member(name: str, classes: int) -> nn.Module:
    """`cifar_shufflev1`, the benchmark's"""
    if name != "cifar_shufflev1":
        raise ValueError(f"This file has cifar_shufflev1 and not {name}.")
    return ShuffleNetV1(classes)
