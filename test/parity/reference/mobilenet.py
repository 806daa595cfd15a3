"""MobileNetV2 (Sandler et al. 2018, https://arxiv.org/abs/1801.04381, table 2 and section 3.3) in the form of the CRD
benchmark: a first convolution of stride 2, further strides of 2 at the stages of 32, 64 and 160 channels, ReLU for ReLU6,
and an expansion convolution also where the expansion is 1. Names are those of the published weights: conv1.{0,1},
blocks.{i}.{j}.conv.{0,1,3,4,6,7}, conv2.{0,1}, classifier.0."""

import torch
from torch import nn

# expansion (None: the model's), channels at width 1, repeats, stride of the first
TABLE = (
    (1, 16, 1, 1),
    (None, 24, 2, 1),
    (None, 32, 3, 2),
    (None, 64, 4, 2),
    (None, 96, 3, 1),
    (None, 160, 3, 2),
    (None, 320, 1, 1),
)


class Bottleneck(nn.Module):
    """[B, in, H, W] -> [B, out, H/stride, W/stride]"""

    def __init__(self, channels_in: int, channels_out: int, stride: int, expansion: int):
        super().__init__()
        wide = expansion * channels_in
        self.conv = nn.Sequential(
            nn.Conv2d(channels_in, wide, 1, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            nn.Conv2d(wide, wide, 3, stride, padding=1, groups=wide, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            nn.Conv2d(wide, channels_out, 1, bias=False),
            nn.BatchNorm2d(channels_out),
        )
        self.residual = stride == 1 and channels_in == channels_out

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    """Normalised images [B, 3, H, W] -> logits [B, K]"""

    def __init__(self, classes: int = 100, expansion: int = 6, width: float = 0.5):
        super().__init__()
        channels = int(32 * width)
        self.conv1 = nn.Sequential(
            nn.Conv2d(3, channels, 3, 2, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()
        )
        stages = []
        for stage_expansion, base, repeats, first_stride in TABLE:
            blocks = []
            for index in range(repeats):
                stride = first_stride if index == 0 else 1
                blocks.append(Bottleneck(channels, int(base * width), stride, stage_expansion or expansion))
                channels = int(base * width)
            stages.append(nn.Sequential(*blocks))
        self.blocks = nn.Sequential(*stages)
        last = max(1280, int(1280 * width))
        self.conv2 = nn.Sequential(nn.Conv2d(channels, last, 1, bias=False), nn.BatchNorm2d(last), nn.ReLU())
        self.classifier = nn.Sequential(nn.Linear(last, classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.conv2(self.blocks(self.conv1(x))).mean((2, 3)))


def member(name: str, classes: int) -> nn.Module:
    """`cifar_mobilenetv2`, the benchmark's"""
    if name != "cifar_mobilenetv2":
        raise ValueError(f"This file has cifar_mobilenetv2 and not {name}.")
    return MobileNetV2(classes)
