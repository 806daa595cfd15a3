"""The losses of kdx's plugins `classification`, `kd` and `deit`, in float32 at least, whatever the logits came in."""

import torch
import torch.nn.functional as F


def full(logits: torch.Tensor) -> torch.Tensor:
    return logits if logits.dtype == torch.float64 else logits.float()


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean over the batch. logits [B, K]; targets: class probabilities [B, K] or classes [B]."""
    return F.cross_entropy(full(logits), targets)


def hinton_kd(
    student: torch.Tensor, teacher: torch.Tensor, targets: torch.Tensor, alpha: float = 0.9, tau: float = 4.0
) -> torch.Tensor:
    """(1 - alpha) CE(s, y) + alpha tau^2 KL(softmax(t / tau) || softmax(s / tau)), both means over the batch (Hinton et
    al. 2015). The defaults are those of the CIFAR-100 distillation benchmark. Logits [B, K]."""
    divergence = F.kl_div(
        F.log_softmax(full(student) / tau, dim=1),
        F.log_softmax(full(teacher) / tau, dim=1),
        reduction="batchmean",
        log_target=True,
    )
    return (1 - alpha) * cross_entropy(student, targets) + alpha * tau**2 * divergence


def hard_distillation(
    class_head: torch.Tensor, distillation_head: torch.Tensor, teacher: torch.Tensor, targets: torch.Tensor
) -> torch.Tensor:
    """DeiT, equation 3: 1/2 CE(z_c, y) + 1/2 CE(z_d, argmax z_t). Logits [B, K]."""
    return 0.5 * cross_entropy(class_head, targets) + 0.5 * cross_entropy(distillation_head, teacher.argmax(1))
