#!/usr/bin/env python3
"""One training step in eager PyTorch, the peer of kdx's step benchmark: forward of the student, and of the teacher
where there is one, loss, backward, optimiser, and the loss read back. Random data, fixed shapes, float32 or autocast to
bf16.

    python3 bench/step/step_pytorch.py --case resnet20-kd --precision float32 --threads 1

times `--steps` steps and prints `{"case", "precision", "threads", "torch", "ms": median, "all_ms", "loss", "memory"}`.

With `--server` it warms up, prints `{"ready": true, ...}`, and then obeys its standard input line by line, so that
another program can take turns with it: `step` (or an empty line) runs one step and prints `{"ms", "loss"}`; `memory`
prints `{"rss_built", "peak_rss"}` in bytes, the resident size once models and data were there and the largest since;
the end of the input ends it.
"""

import argparse
import contextlib
import json
import statistics
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "test" / "parity"))

from reference.threads import prepare_threads  # noqa: E402

CASES = {
    "deit-distilled": dict(batch=64, image=32, classes=100, optimizer="adamw"),
    "resnet20-kd": dict(batch=64, image=32, classes=100, optimizer="sgd"),
    "resnet20": dict(batch=64, image=32, classes=100, optimizer="sgd"),
    "resnet20-tffd": dict(batch=64, image=32, classes=100, optimizer="sgd"),
    "deit-224": dict(batch=8, image=224, classes=1000, optimizer="adamw"),
}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=CASES, required=True)
    parser.add_argument("--precision", choices=("float32", "bf16"), default="float32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--channels-last", action="store_true", help="keep images and filters as NHWC")
    parser.add_argument("--steps", type=int, default=15, help="timed steps")
    parser.add_argument("--warmup", type=int, default=3, help="steps before the first timed one")
    parser.add_argument("--server", action="store_true", help="one step per line of standard input")
    return parser.parse_args()


def make_step(arguments: argparse.Namespace):
    """A function that does one training step and returns its loss."""
    import torch

    from reference.cifar import DATA_STATISTICS, TEACHER_STATISTICS
    from reference import tffd
    from reference.losses import cross_entropy, hard_distillation, hinton_kd
    from reference.optimizers import adamw, sgd
    from reference.resnet import CifarResNet
    from reference.vit import VisionTransformer

    case = CASES[arguments.case]
    B, size, classes = case["batch"], case["image"], case["classes"]
    layout = torch.channels_last if arguments.channels_last else torch.contiguous_format
    torch.manual_seed(0)
    if arguments.case.startswith("resnet20"):
        student = CifarResNet(20, classes)
    elif arguments.case == "deit-distilled":
        student = VisionTransformer(size, 4, classes, distilled=True)
    else:
        student = VisionTransformer(size, 16, classes)
    student = student.to(memory_format=layout)
    teacher = None
    if arguments.case in ("deit-distilled", "resnet20-kd"):
        teacher = CifarResNet(56, classes).to(memory_format=layout).eval().requires_grad_(False)

    images = torch.rand(B, 3, size, size).contiguous(memory_format=layout)
    targets = torch.nn.functional.one_hot(torch.randint(classes, (B,)), classes).float()

    def normaliser(statistics):
        """Images in [0, 1] as one model sees them; kdx, too, normalises inside the step, for each model anew."""
        mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in statistics)
        return lambda: (images - mean).div_(std)

    student_sees, teacher_sees = normaliser(DATA_STATISTICS), normaliser(TEACHER_STATISTICS)

    if case["optimizer"] == "adamw":
        make_optimizer = partial(adamw, lr=1e-3, weight_decay=0.05)
    else:
        make_optimizer = partial(sgd, lr=0.05, momentum=0.9, weight_decay=5e-4)
    optimizer = make_optimizer(student, **fastest_update(make_optimizer))

    stages = []
    if arguments.case == "resnet20-tffd":
        for stage in (student.layer1, student.layer2, student.layer3):
            stage.register_forward_hook(lambda module, given, output: stages.append(output))

    def forward_precision():
        if arguments.precision == "bf16":
            return torch.autocast("cpu", dtype=torch.bfloat16)
        return contextlib.nullcontext()

    def step() -> float:
        stages.clear()
        with forward_precision():
            if teacher is not None:
                with torch.no_grad():
                    teacher_logits = teacher(teacher_sees())
            output = student(student_sees())
        if arguments.case == "deit-distilled":
            loss = hard_distillation(*output, teacher_logits, targets)
        elif arguments.case == "resnet20-kd":
            loss = hinton_kd(output, teacher_logits, targets)
        elif arguments.case == "resnet20-tffd":
            loss = cross_entropy(output, targets) + tffd.regulariser(stages)
        else:
            loss = cross_entropy(output, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def fastest_update(make) -> dict:
    """The options of PyTorch's fastest update: all parameters in one kernel, where this version has that on a CPU."""
    import torch

    try:
        optimizer = make(torch.nn.Linear(1, 1), fused=True)
        optimizer.param_groups[0]["params"][0].grad = torch.zeros(1, 1)
        optimizer.step()
        return {"fused": True}
    except (TypeError, RuntimeError):
        return {}


def resident(field: str) -> int:
    """`VmRSS` or `VmHWM` of this process in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return 1024 * int(line.split()[1])
    raise RuntimeError(f"/proc/self/status has no {field}.")


def main() -> None:
    arguments = parse_arguments()
    prepare_threads(arguments.threads)
    import torch

    step = make_step(arguments)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    rss_built = resident("VmRSS")

    def memory() -> dict:
        return {"rss_built": rss_built, "peak_rss": resident("VmHWM")}

    def timed() -> dict:
        began = time.perf_counter()
        loss = step()
        return {"ms": 1e3 * (time.perf_counter() - began), "loss": loss}

    def answer(values: dict) -> None:
        print(json.dumps(values), flush=True)

    about = {
        "case": arguments.case,
        "precision": arguments.precision,
        "threads": arguments.threads,
        "channels_last": arguments.channels_last,
        "torch": torch.__version__,
    }
    for _ in range(arguments.warmup):
        step()
    if not arguments.server:
        steps = [timed() for _ in range(arguments.steps)]
        times = [each["ms"] for each in steps]
        median = statistics.median(times)
        answer({**about, "ms": median, "all_ms": times, "loss": steps[-1]["loss"], "memory": memory()})
        return
    answer({"ready": True, **about})
    for line in sys.stdin:
        command = line.strip()
        if command in ("", "step"):
            answer(timed())
        elif command == "memory":
            answer(memory())
        else:
            sys.exit(f'step_pytorch.py takes "step" and "memory" and got "{command}".')


if __name__ == "__main__":
    main()
