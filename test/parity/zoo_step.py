#!/usr/bin/env python3
"""One training step of a model of the zoo from given weights on a given batch, to compare kdx with. README.md describes
the files.

    python3 zoo_step.py --reference vgg --model cifar_vgg8 --weights start.safetensors --batch batch.safetensors \\
        --lr 0.05 --out pytorch.safetensors
    python3 zoo_step.py --count resnet:cifar_resnet8,cifar_resnet8x4 --count vgg:cifar_vgg8

A file of `reference/` takes part by a function `member(name, classes)`, which makes a model by kdx's name of it.
"""

import argparse
import importlib
import json

from reference.threads import prepare_threads


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", action="append", help="prints learnable numbers at 100 classes; nothing else")
    parser.add_argument("--reference", help="file in reference/ that has the model")
    parser.add_argument("--model", help="kdx's name, without options")
    parser.add_argument("--weights", help="safetensors with the initial weights, as kdx writes them")
    parser.add_argument("--batch", help="safetensors: images [B, H, W, 3], as the model sees them; targets [B, K]")
    parser.add_argument("--lr", type=float, help="of plain SGD: no momentum, no decay")
    parser.add_argument("--out", help="safetensors with what came of it")
    parser.add_argument("--precision", choices=("float32", "float64"), default="float64")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def member(reference: str, model: str, classes: int):
    return importlib.import_module(f"reference.{reference}").member(model, classes)


def count(asked: str) -> dict:
    """`vgg:cifar_vgg8,cifar_vgg13` -> {"cifar_vgg8": 3965028, …}"""
    reference, models = asked.split(":")
    return {
        model: sum(p.numel() for p in member(reference, model, 100).parameters()) for model in models.split(",")
    }


def step(arguments: argparse.Namespace) -> None:
    import torch

    from reference.losses import cross_entropy
    from reference.safetensors import load_weights, read_safetensors, write_safetensors

    dtype = torch.float64 if arguments.precision == "float64" else torch.float32
    weights, _ = read_safetensors(arguments.weights)
    batch, _ = read_safetensors(arguments.batch)
    images = batch["images"].to(dtype).permute(0, 3, 1, 2).contiguous()  # [B, H, W, 3] -> [B, 3, H, W]
    targets = batch["targets"].to(dtype)

    model = member(arguments.reference, arguments.model, targets.shape[1])
    load_weights(model, weights, arguments.weights)
    model = model.to(dtype).train()
    logits = model(images)
    loss = cross_entropy(logits, targets)
    loss.backward()
    results = {"logits": logits.detach(), "loss": loss.detach()}
    results.update({f"gradient/{name}": p.grad for name, p in model.named_parameters()})
    results.update(
        {f"buffer/{name}": b for name, b in model.named_buffers() if not name.endswith("num_batches_tracked")}
    )
    torch.optim.SGD(model.parameters(), lr=arguments.lr).step()
    model.eval()
    with torch.no_grad():
        results["evaluation_logits"] = model(images)
    write_safetensors(arguments.out, results)
    print(json.dumps({"precision": arguments.precision, "torch": torch.__version__, "loss": loss.item()}))


def main() -> None:
    arguments = parse_arguments()
    prepare_threads(arguments.threads)
    if arguments.count:
        print(json.dumps({name: size for asked in arguments.count for name, size in count(asked).items()}))
    else:
        step(arguments)


if __name__ == "__main__":
    main()
