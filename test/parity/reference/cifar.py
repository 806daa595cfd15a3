"""CIFAR-100 in its binary version (https://www.cs.toronto.edu/~kriz/cifar.html), and the augmentation of the CIFAR
distillation benchmarks."""

from pathlib import Path
from typing import Tuple

import numpy as np
import torch

LABEL_BYTES = 2  # the superclass, then the class
PADDING = 4

# What kdx normalises with: a student with the data set's statistics, the published teacher with its own.
DATA_STATISTICS = ((0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761))
TEACHER_STATISTICS = ((0.507, 0.4865, 0.4409), (0.2673, 0.2564, 0.2761))


def read_cifar100(file: Path) -> Tuple[torch.Tensor, torch.Tensor]:
    """Images uint8 [N, 3, 32, 32] and classes int64 [N]."""
    records = np.fromfile(file, np.uint8).reshape(-1, LABEL_BYTES + 3 * 32 * 32)
    images = torch.from_numpy(records[:, LABEL_BYTES:].reshape(-1, 3, 32, 32).copy())
    return images, torch.from_numpy(records[:, LABEL_BYTES - 1].astype(np.int64))


class Normalise:
    """Pixels uint8 [B, 3, H, W] -> (x / 255 - mean) / std, float32."""

    def __init__(self, statistics: Tuple[Tuple[float, ...], Tuple[float, ...]]):
        self.mean, self.std = (torch.tensor(values).view(1, 3, 1, 1) for values in statistics)

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        return (pixels.float() / 255 - self.mean) / self.std


def padded_crop_and_flip(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Pads [B, 3, H, W] with 4 black pixels on each side, cuts a random window of the old size from each image and
    mirrors every second one, at random."""
    B, C, H, W = pixels.shape
    padded = torch.zeros(B, C, H + 2 * PADDING, W + 2 * PADDING, dtype=pixels.dtype)
    padded[:, :, PADDING : PADDING + H, PADDING : PADDING + W] = pixels
    top = torch.randint(2 * PADDING + 1, (B, 1), generator=generator)
    left = torch.randint(2 * PADDING + 1, (B, 1), generator=generator)
    flipped = torch.rand(B, 1, generator=generator) < 0.5
    rows = top + torch.arange(H)  # [B, H]
    across = torch.arange(W).expand(B, W)
    columns = left + torch.where(flipped, W - 1 - across, across)  # [B, W]
    picture = torch.arange(B)
    # [B, H, W, C]: an indexed axis moves to the front of what is left.
    windows = padded[picture[:, None, None], :, rows[:, :, None], columns[:, None, :]]
    return windows.permute(0, 3, 1, 2)
