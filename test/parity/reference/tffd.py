"""Teacher-free feature distillation (Li, ECCV 2022) from the equations: losses of features [B, C, H, W]."""

import torch
import torch.nn.functional as F


def salience(maps: torch.Tensor, score: str, p: float, scale: torch.Tensor) -> torch.Tensor:
    """One number per channel."""
    with torch.no_grad():
        if score == "code":
            norm = maps.flatten(2).norm(dim=2).clamp_min(1e-12)
            return (maps / norm[:, :, None, None]).mean(dim=(0, 2, 3))
        if score == "lp":
            return maps.flatten(2).abs().pow(p).sum(dim=2).pow(1 / p).mean(dim=0)
        if score == "mean":
            return maps.mean(dim=(0, 2, 3))
        if score == "bn":
            return scale.abs()
        if score == "hrank":
            return torch.linalg.matrix_rank(maps.float()).double().mean(dim=0)
        if score == "entropy":
            return torch.stack([histogram_entropy(maps[:, c].flatten()) for c in range(maps.shape[1])])
    raise ValueError(score)


def histogram_entropy(values: torch.Tensor, bins: int = 10) -> torch.Tensor:
    counts = torch.histc(values, bins, float(values.min()), float(values.max()))
    share = counts / counts.sum()
    return -(share[share > 0] * share[share > 0].log()).sum()


def intra(maps: torch.Tensor, scores: torch.Tensor, stop_gradient: bool) -> torch.Tensor:
    order = torch.argsort(scores, descending=True, stable=True)
    k = maps.shape[1] // 2
    salient, redundant = maps[:, order[:k]], maps[:, order[k : 2 * k]]
    return F.mse_loss(redundant, salient.detach() if stop_gradient else salient)


def inter(learner: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    c = min(learner.shape[1], target.shape[1])
    pooled = F.adaptive_avg_pool2d(learner[:, :c], target.shape[2:])
    return F.mse_loss(pooled, target[:, :c].detach())


def pairs(layers: int, which: str) -> list:
    return [(i, j) for i in range(layers) for j in range(i + 1, layers) if which == "all" or j == i + 1]


def regulariser(maps: list) -> torch.Tensor:
    """The released settings: salience `code`, all pairs, no stop, lambda 4e-4 and 5e-3."""
    within = sum(intra(x, salience(x, "code", 2, None), False) for x in maps) / len(maps)
    between = [inter(maps[i], maps[j]) for i, j in pairs(len(maps), "all")]
    return 4e-4 * within + 5e-3 * sum(between) / len(between)
