"""Regularisers of images that are made from a network: DeepInversion (Yin et al. 2020, https://arxiv.org/abs/1912.08795) and
the reconstruction of DearKD's intra-divergence loss, image by image as the formulas have them."""

import torch


def prior(images: torch.Tensor) -> dict:
    """Of [B, C, H, W]."""
    differences = [
        images[:, :, :, 1:] - images[:, :, :, :-1],
        images[:, :, 1:, :] - images[:, :, :-1, :],
        images[:, :, 1:, 1:] - images[:, :, :-1, :-1],
        images[:, :, 1:, :-1] - images[:, :, :-1, 1:],
    ]
    return {
        "tvL2": sum(torch.norm(difference) for difference in differences),
        "tvL1": sum(difference.abs().mean() for difference in differences),
        "l2": torch.stack([torch.norm(image) for image in images]).mean(),
    }


def batch_norm_distance(inputs: list, first: float) -> torch.Tensor:
    """Of pairs of a BatchNorm2d and what came in, in the order of the forward."""
    total = 0
    for index, (norm, x) in enumerate(inputs):
        mean, variance = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), unbiased=False)
        distance = torch.norm(mean - norm.running_mean) + torch.norm(variance - norm.running_var)
        total = total + distance * (first if index == 0 else 1)
    return total


def _anchors(features: torch.Tensor, labels: torch.Tensor):
    """For each image its distances to others of its class and to those of other classes."""
    units = features / features.norm(dim=1, keepdim=True)
    for i, label in enumerate(labels):
        apart = [(units[i] - unit).square().sum().clamp_min(1e-12).sqrt() for unit in units]
        own = [d for j, d in enumerate(apart) if j != i and labels[j] == label]
        others = [d for j, d in enumerate(apart) if labels[j] != label]
        yield own, others


def _mean(losses: list, features: torch.Tensor) -> torch.Tensor:
    return torch.stack(losses).mean() if losses else 0 * features.sum()


def boundary(features, labels, logits, other, case) -> torch.Tensor:
    losses = []
    for own, others in _anchors(features, labels):
        if own and others:
            divergence = (min(others).detach() - case["margin"] - min(own)).clamp_min(0)
            edge = (max(own) - min(others) + case["boundaryMargin"]).clamp_min(0)
            losses.append(divergence + case["boundaryWeight"] * edge)
    return _mean(losses, features)


def triplet(features, labels, logits, other, case) -> torch.Tensor:
    anchors = [(own, others) for own, others in _anchors(features, labels) if own and others]
    losses = [(max(own) - min(others) + case["boundaryMargin"]).clamp_min(0) for own, others in anchors]
    return _mean(losses, features)


def push(features, labels, logits, other, case) -> torch.Tensor:
    return _mean([(case["limit"] - min(own)).clamp_min(0) for own, _ in _anchors(features, labels) if own], features)


def adi(features, labels, logits, other, case) -> torch.Tensor:
    p, q = (torch.softmax(x / 3, dim=1) for x in (other, logits))
    p, q, m = (x.clamp(0.01, 0.99) for x in (p, q, (p + q) / 2))

    def kl(a, b):
        return (a * (a / b).log()).sum(dim=1).mean()

    code = case["form"] == "code"
    divergence = (kl(m, p) + kl(m, q)) / 2 if code else (kl(p, m) + kl(q, m)) / 2
    return 1 - divergence.clamp(0, 1)


def none(features, labels, logits, other, case) -> torch.Tensor:
    return 0 * features.sum()


LOSSES = {"boundary": boundary, "triplet": triplet, "push": push, "adi": adi, "none": none}
