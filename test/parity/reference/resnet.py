"""Residual networks for 32x32 images (He et al. 2016, https://arxiv.org/abs/1512.03385, section 4.2) in the form of the
CRD benchmark: 6n + 2 layers, 1x1 convolution and batch norm where a shortcut changes shape. Names are those of the
published weights: conv1, bn1, layer{1,2,3}.{i}.{conv1,bn1,conv2,bn2,downsample.{0,1}}, fc."""

import re
from typing import Optional

import torch
import torch.nn.functional as F
from torch import nn


class BasicBlock(nn.Module):
    """[B, in, H, W] -> [B, out, H/stride, W/stride]"""

    def __init__(self, channels_in: int, channels_out: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.downsample = None
        if stride != 1 or channels_in != channels_out:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False), nn.BatchNorm2d(channels_out)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        hidden = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return F.relu(self.bn2(self.conv2(hidden)).add_(shortcut), inplace=True)


class CifarResNet(nn.Module):
    """Normalised images [B, 3, H, W] -> logits [B, K]"""

    def __init__(self, depth: int, classes: int = 100, width: int = 16, stem: Optional[int] = None):
        """`width` is that of the first stage; the stem is as wide, unless it is told otherwise."""
        super().__init__()
        blocks, rest = divmod(depth - 2, 6)
        if rest or blocks < 1:
            raise ValueError(f"A CIFAR ResNet has 6n + 2 layers, not {depth}.")
        stem = width if stem is None else stem
        self.conv1 = nn.Conv2d(3, stem, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(stem)
        self.layer1 = self._stage(stem, width, blocks, stride=1)
        self.layer2 = self._stage(width, 2 * width, blocks, stride=2)
        self.layer3 = self._stage(2 * width, 4 * width, blocks, stride=2)
        self.fc = nn.Linear(4 * width, classes)  # PyTorch's own initial values, as kdx has them
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    @staticmethod
    def _stage(channels_in: int, channels_out: int, blocks: int, stride: int) -> nn.Sequential:
        first = BasicBlock(channels_in, channels_out, stride)
        return nn.Sequential(first, *[BasicBlock(channels_out, channels_out, 1) for _ in range(blocks - 1)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


def member(name: str, classes: int) -> nn.Module:
    """`cifar_resnet20`, or `cifar_resnet8x4`: stages four times as wide behind a stem of 32."""
    depth, wide = re.fullmatch(r"cifar_resnet(\d+)(x4)?", name).groups()
    if wide:
        return CifarResNet(int(depth), classes, width=64, stem=32)
    return CifarResNet(int(depth), classes)
