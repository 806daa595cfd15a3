#!/usr/bin/env python3
"""Training steps from given weights on given batches, to compare kdx's losses with. README.md describes the files.

    python3 twenty_steps.py --case resnet20-kd --optimizer sgd --lr 0.05 --weight-decay 5e-4 \\
        --student student.safetensors --teacher cifar100_resnet56.safetensors --batches batches.safetensors

prints one JSON object: `losses`, the loss before each update; `evaluation_loss`, the cross-entropy of the class head on
the first batch in inference mode after the last update, which is where batch norm's running statistics show.
"""

import argparse
import json
from pathlib import Path

from reference.threads import prepare_threads


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=("resnet20-kd", "deit-distilled"), required=True)
    parser.add_argument("--student", required=True, help="safetensors with the initial weights, as kdx writes them")
    parser.add_argument("--teacher", required=True, help="safetensors of a CIFAR ResNet")
    parser.add_argument("--batches", required=True, help="safetensors or npz with images and targets")
    parser.add_argument("--optimizer", choices=("sgd", "adamw"), required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--momentum", type=float, default=0.9, help="of SGD, without Nesterov")
    parser.add_argument("--weight-decay", type=float, required=True)
    parser.add_argument("--heads", type=int, help="attention heads of a DeiT; default kdx's rule")
    parser.add_argument("--precision", choices=("float32", "float64"), default="float32")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    prepare_threads(arguments.threads)
    import numpy as np
    import torch

    from reference.cifar import TEACHER_STATISTICS
    from reference.from_weights import resnet_of, vit_of
    from reference.losses import cross_entropy, hard_distillation, hinton_kd
    from reference.optimizers import adamw, sgd
    from reference.safetensors import load_weights, read_safetensors

    dtype = torch.float64 if arguments.precision == "float64" else torch.float32

    def statistics_of(metadata: dict, where: str, otherwise=None):
        """Mean and standard deviation [1, 3, 1, 1] that a file says its model sees images by."""
        if "kdx.mean" in metadata:
            pair = json.loads(metadata["kdx.mean"]), json.loads(metadata["kdx.std"])
        elif otherwise is not None:
            pair = otherwise
        else:
            raise ValueError(f'{where} has no "kdx.mean" and "kdx.std" in its metadata.')
        return [torch.tensor(values, dtype=dtype).view(1, 3, 1, 1) for values in pair]

    weights, metadata = read_safetensors(arguments.student)
    student = resnet_of(weights) if arguments.case == "resnet20-kd" else vit_of(weights, arguments.heads)
    load_weights(student, weights, arguments.student)
    student = student.to(dtype)
    mean, std = statistics_of(metadata, arguments.student)

    weights, metadata = read_safetensors(arguments.teacher)
    teacher = resnet_of(weights)
    load_weights(teacher, weights, arguments.teacher)
    teacher = teacher.to(dtype).eval().requires_grad_(False)
    teacher_mean, teacher_std = statistics_of(metadata, arguments.teacher, TEACHER_STATISTICS)

    if Path(arguments.batches).suffix == ".npz":
        batches = {name: torch.from_numpy(values) for name, values in np.load(arguments.batches).items()}
    else:
        batches, _ = read_safetensors(arguments.batches)
    # [S, B, H, W, 3] -> [S, B, 3, H, W]
    all_images = batches["images"].to(dtype).permute(0, 1, 4, 2, 3).contiguous()
    all_targets = batches["targets"]
    all_targets = all_targets.to(dtype) if all_targets.ndim == 3 else all_targets.long()

    if arguments.optimizer == "sgd":
        optimizer = sgd(student, arguments.lr, arguments.momentum, arguments.weight_decay)
    else:
        optimizer = adamw(student, arguments.lr, arguments.weight_decay)

    losses = []
    for images, targets in zip(all_images, all_targets):
        with torch.no_grad():
            teacher_logits = teacher((images - teacher_mean) / teacher_std)
        output = student((images - mean) / std)
        if arguments.case == "resnet20-kd":
            loss = hinton_kd(output, teacher_logits, targets)
        else:
            loss = hard_distillation(*output, teacher_logits, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    student.eval()
    with torch.no_grad():
        output = student((all_images[0] - mean) / std)
    logits = output[0] if isinstance(output, tuple) else output
    about = {name: getattr(arguments, name) for name in ("case", "optimizer", "precision", "threads")}
    result = {"losses": losses, "evaluation_loss": cross_entropy(logits, all_targets[0]).item()}
    # json writes a float by its repr, so no digit is lost.
    print(json.dumps({**about, "torch": torch.__version__, **result}))


if __name__ == "__main__":
    main()
