"""DearKD (Chen et al., CVPR 2022) from its equations as kdx's plugin `dearkd` gives them: what is not in the public
texts is that plugin's reconstruction. Maps are [B, C, H, W]."""

from typing import Tuple

import torch
import torch.nn.functional as F
from torch import nn

from .vit import EPSILON


class Aligner(nn.Module):
    """Tokens [B, T, D] of a block, the patches last -> maps [B, C, H, W] of a teacher's stage."""

    def __init__(self, dim: int, grid: Tuple[int, int], size: Tuple[int, int], channels: int):
        super().__init__()
        self.grid, self.size = grid, size
        self.norm = nn.LayerNorm(dim, EPSILON)
        self.depthwise = nn.Conv2d(dim, dim, 3, padding=1, groups=dim, bias=False)
        self.bn = nn.BatchNorm2d(dim)
        self.pointwise = nn.Conv2d(dim, channels, 1)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        rows, columns = self.grid
        patches = self.norm(tokens[:, tokens.shape[1] - rows * columns :])  # [B, N, D]
        maps = patches.transpose(1, 2).unflatten(2, (rows, columns))
        if self.size[0] < rows or self.size[1] < columns:
            maps = F.adaptive_avg_pool2d(maps, self.size)
        else:
            maps = F.interpolate(maps, self.size, mode="bilinear", align_corners=False)
        return self.pointwise(F.gelu(self.bn(self.depthwise(maps))))


class Target(nn.Module):
    """A stage, each channel at mean 0 and deviation 1. The statistics are the mean of those of the first ten batches;
    from then on a batch has a share of a tenth."""

    def __init__(self, channels: int):
        super().__init__()
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.zeros(channels))
        self.register_buffer("batches", torch.zeros(1))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        self.batches += 1
        share = max(1 / self.batches.item(), 0.1)
        variance, mean = torch.var_mean(maps, dim=(0, 2, 3), unbiased=False)
        self.running_mean += share * (mean - self.running_mean)
        self.running_var += share * (variance - self.running_var)
        mean, variance = (x[:, None, None] for x in (self.running_mean, self.running_var))
        return (maps - mean) / (variance + 1e-5).sqrt()


def weights_at(
    epoch: int, epochs: int, end: int, alpha: float, beta: float, second: str
) -> Tuple[float, float]:
    """alpha(e) and beta(e), e from 0; `end` is E1, where the second stage begins, which is `anneal` or `ce-only`."""
    if epoch < end:
        return alpha, beta
    if second == "ce-only":
        return 1.0, 0.0
    return alpha + (1 - alpha) * (epoch - end) / max(1, epochs - 1 - end), 0.0
