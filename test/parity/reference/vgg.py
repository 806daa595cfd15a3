"""VGG for 32x32 images (Simonyan & Zisserman 2015, https://arxiv.org/abs/1409.1556) in the form of the CRD benchmark:
3x3 convolutions with bias and batch norm, five blocks, one linear layer. Names are those of the benchmark's weights:
block{0..4}.{0,1,3,4,…}, classifier. A block has no ReLU at its end; the network puts it there."""

from typing import List

import torch
import torch.nn.functional as F
from torch import nn

# Convolutions of each block.
CONVOLUTIONS = {
    8: (1, 1, 1, 1, 1),
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}
WIDTHS = (64, 128, 256, 512, 512)


def block(channels_in: int, channels_out: int, convolutions: int) -> nn.Sequential:
    layers: List[nn.Module] = []
    for _ in range(convolutions):
        layers += [nn.Conv2d(channels_in, channels_out, 3, padding=1), nn.BatchNorm2d(channels_out), nn.ReLU()]
        channels_in = channels_out
    return nn.Sequential(*layers[:-1])


class Vgg(nn.Module):
    """Normalised images [B, 3, H, W] -> logits [B, K]"""

    def __init__(self, layers: int, classes: int):
        super().__init__()
        channels = (3,) + WIDTHS
        for i, convolutions in enumerate(CONVOLUTIONS[layers]):
            setattr(self, f"block{i}", block(channels[i], channels[i + 1], convolutions))
        self.classifier = nn.Linear(512, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pools = 4 if x.shape[2] == 64 else 3
        for i in range(5):
            x = F.relu(getattr(self, f"block{i}")(x))
            if i < pools:
                x = F.max_pool2d(x, 2)
        return self.classifier(F.adaptive_avg_pool2d(x, 1).flatten(1))


def member(name: str, classes: int) -> nn.Module:
    """`cifar_vgg8`"""
    return Vgg(int(name[len("cifar_vgg") :]), classes)
