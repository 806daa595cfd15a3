#!/usr/bin/env python3
"""Trains a CIFAR ResNet-20 on CIFAR-100 in plain PyTorch by kdx's small protocol, alone or with distillation from a
ResNet-56, to see that kdx learns as well. README.md has the recipe and the commands of kdx that it answers to.

    python3 learn_pytorch.py --arm kd --teacher cifar100_resnet56.safetensors --data cifar-100-binary \\
        --subset subset.json --seed 0 --out kd-0.json
"""

import argparse
import contextlib
import json
import time
from pathlib import Path

from reference.threads import prepare_threads

BATCH = 64
EVALUATION_BATCH = 100
LEARNING_RATE, MOMENTUM, WEIGHT_DECAY = 0.05, 0.9, 5e-4
# x0.1 from the first epoch that begins at or after these shares of the run: epochs 19, 23 and 26 of 30.
DROPS = ((19, 30), (23, 30), (26, 30))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arm", choices=("plain", "kd"), required=True, help="ground truth alone, or Hinton's KD")
    parser.add_argument("--teacher", help="safetensors of a CIFAR-100 ResNet-56, for --arm kd")
    parser.add_argument("--data", type=Path, required=True, help="folder of train.bin and test.bin (CIFAR-100, binary)")
    parser.add_argument("--subset", type=Path, required=True, help="training and validation images, by subset.mjs")
    parser.add_argument("--out", type=Path, required=True, help="a new file; one JSON object per line")
    parser.add_argument("--seed", type=int, default=0, help="of initial weights, order and augmentation")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", choices=("float32", "bf16"), default="float32")
    parser.add_argument("--channels-last", action="store_true", help="keep images and filters as NHWC")
    arguments = parser.parse_args()
    if arguments.arm == "kd" and arguments.teacher is None:
        parser.error("--arm kd needs --teacher FILE.safetensors")
    return arguments


def learning_rate(epoch: int, epochs: int) -> float:
    """Of a 0-based epoch."""
    drops = sum(epoch * whole >= part * epochs for part, whole in DROPS)
    return LEARNING_RATE * 0.1**drops


def main() -> None:
    arguments = parse_arguments()
    prepare_threads(arguments.threads)
    import torch

    from reference.cifar import (
        DATA_STATISTICS,
        TEACHER_STATISTICS,
        Normalise,
        padded_crop_and_flip,
        read_cifar100,
    )
    from reference.losses import cross_entropy, hinton_kd
    from reference.optimizers import sgd
    from reference.resnet import CifarResNet
    from reference.safetensors import load_weights, read_safetensors

    layout = torch.channels_last if arguments.channels_last else torch.contiguous_format

    def forward_precision():
        if arguments.precision == "bf16":
            return torch.autocast("cpu", dtype=torch.bfloat16)
        return contextlib.nullcontext()

    subset = json.loads(arguments.subset.read_text())
    all_images, all_labels = read_cifar100(arguments.data / "train.bin")
    images, labels = all_images[subset["train"]], all_labels[subset["train"]]
    validation = all_images[subset["validation"]], all_labels[subset["validation"]]
    test = read_cifar100(arguments.data / "test.bin")

    torch.manual_seed(arguments.seed)
    student = CifarResNet(20).to(memory_format=layout)
    see, teacher_sees = Normalise(DATA_STATISTICS), Normalise(TEACHER_STATISTICS)
    teacher = None
    if arguments.arm == "kd":
        teacher = CifarResNet(56)
        weights, _ = read_safetensors(arguments.teacher)
        load_weights(teacher, weights, arguments.teacher)
        teacher = teacher.to(memory_format=layout).eval().requires_grad_(False)
    optimizer = sgd(student, LEARNING_RATE, MOMENTUM, WEIGHT_DECAY)

    def train_step(pixels, classes) -> float:
        with forward_precision():
            if teacher is not None:
                with torch.no_grad():
                    teacher_logits = teacher(teacher_sees(pixels).contiguous(memory_format=layout))
            logits = student(see(pixels).contiguous(memory_format=layout))
        loss = cross_entropy(logits, classes) if teacher is None else hinton_kd(logits, teacher_logits, classes)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss.item()

    def top1(model, normalise, pictures, classes) -> float:
        """Percent."""
        training = model.training
        model.eval()
        correct = 0
        with torch.no_grad(), forward_precision():
            for start in range(0, len(classes), EVALUATION_BATCH):
                part = slice(start, start + EVALUATION_BATCH)
                logits = model(normalise(pictures[part]).contiguous(memory_format=layout))
                correct += int((logits.argmax(1) == classes[part]).sum())
        model.train(training)
        return 100 * correct / len(classes)

    with arguments.out.open("x") as out:

        def record(kind: str, **values) -> None:
            line = json.dumps({"type": kind, **values})
            out.write(line + "\n")
            out.flush()
            print(line, flush=True)

        settings = {name: value for name, value in vars(arguments).items() if not isinstance(value, Path)}
        settings["teacher"] = Path(arguments.teacher).name if teacher is not None else None
        record("run", **settings, torch=torch.__version__, subset=subset["spec"], subset_digest=subset["digest"])
        if teacher is not None:
            record("teacher", test_top1=top1(teacher, teacher_sees, *test))
        draws = torch.Generator()
        began = time.perf_counter()
        for epoch in range(arguments.epochs):
            epoch_began = time.perf_counter()
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(epoch, arguments.epochs)
            draws.manual_seed(1_000_003 * arguments.seed + epoch)  # so that both arms see the same images
            total = 0.0
            # The last batch has the 16 images that are left, as kdx's has.
            for indices in torch.randperm(len(labels), generator=draws).split(BATCH):
                pixels = padded_crop_and_flip(images[indices], draws)
                total += len(indices) * train_step(pixels, labels[indices])
            record(
                "epoch",
                epoch=epoch,
                lr=learning_rate(epoch, arguments.epochs),
                loss=total / len(labels),
                validation_top1=top1(student, see, *validation),
                seconds=time.perf_counter() - epoch_began,
            )
        record("final", test_top1=top1(student, see, *test), seconds=time.perf_counter() - began)


if __name__ == "__main__":
    main()
