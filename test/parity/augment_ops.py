#!/usr/bin/env python3
"""RandAugment's operations on given images by Pillow, to compare kdx with.

    python3 augment_ops.py --images images.bin --cases cases.json --out pillow.bin

images.bin holds 8-bit images [N, H, W, C] one after the other. cases.json is {"size": [H, W, C], "fill": [per channel],
"cases": [{"image", "operations": [{"name", "magnitude", "sign", "interpolation", "increasing"}]}]}. What comes back is the
image of each case after its operations, in the same form. Needs Pillow only.

Ranges are those of timm's RandAugment: magnitudes run from 0 to 10; rotations to 30 degrees, shears to 0.3, translations to
0.45 of the side, enhancements 0.9 to both sides of 1, posterize from 4 bits to 0, solarize from 256 to 0, solarize-add to
110. Without "increasing" posterize and solarize run the other way and enhancements from 0.1 to 1.9.
"""

import argparse
import json

import PIL
from PIL import Image, ImageEnhance, ImageOps

parser = argparse.ArgumentParser()
parser.add_argument("--images", required=True)
parser.add_argument("--cases", required=True)
parser.add_argument("--out", required=True)
flags = parser.parse_args()

with open(flags.cases) as file:
    given = json.load(file)
height, width, channels = given["size"]
mode = {1: "L", 3: "RGB"}[channels]
fill = tuple(given["fill"]) if channels == 3 else given["fill"][0]
RESAMPLE = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}


def affine(image, interpolation, *map):
    return image.transform(image.size, Image.AFFINE, map, resample=RESAMPLE[interpolation], fillcolor=fill)


def solarize_add(image, add):
    brighter = [min(255, value + add) if value < 128 else value for value in range(256)]
    return image.point(brighter * len(image.getbands()))


def posterize(image, bits):
    # Later versions of Pillow refuse 0 bits, which were black.
    return ImageOps.posterize(image, bits) if bits else image.point([0] * 256 * len(image.getbands()))


def apply(image, name, magnitude, sign, interpolation, increasing):
    share = magnitude / 10
    enhance = {
        "Color": ImageEnhance.Color,
        "Contrast": ImageEnhance.Contrast,
        "Brightness": ImageEnhance.Brightness,
        "Sharpness": ImageEnhance.Sharpness,
    }
    if name in enhance:
        return enhance[name](image).enhance(1 + sign * (share * 0.9) if increasing else share * 1.8 + 0.1)
    if name == "AutoContrast":
        return ImageOps.autocontrast(image)
    if name == "Equalize":
        return ImageOps.equalize(image)
    if name == "Invert":
        return ImageOps.invert(image)
    if name == "Posterize":
        bits = int(share * 4)
        return posterize(image, 4 - bits if increasing else bits)
    if name == "Solarize":
        threshold = int(share * 256)
        return ImageOps.solarize(image, 256 - threshold if increasing else threshold)
    if name == "SolarizeAdd":
        return solarize_add(image, int(share * 110))
    if name == "Rotate":
        return image.rotate(sign * (share * 30), resample=RESAMPLE[interpolation], fillcolor=fill)
    amount = sign * (share * (0.3 if name.startswith("Shear") else 0.45))
    if name == "ShearX":
        return affine(image, interpolation, 1, amount, 0, 0, 1, 0)
    if name == "ShearY":
        return affine(image, interpolation, 1, 0, 0, amount, 1, 0)
    if name == "TranslateXRel":
        return affine(image, interpolation, 1, 0, amount * image.size[0], 0, 1, 0)
    if name == "TranslateYRel":
        return affine(image, interpolation, 1, 0, 0, 0, 1, amount * image.size[1])
    raise SystemExit(f"no operation is called {name}")


with open(flags.images, "rb") as file:
    pixels = file.read()
size = height * width * channels
with open(flags.out, "wb") as file:
    for case in given["cases"]:
        start = case["image"] * size
        image = Image.frombytes(mode, (width, height), pixels[start : start + size])
        for operation in case["operations"]:
            image = apply(image, **operation)
        file.write(image.tobytes())

print(json.dumps({"pillow": PIL.__version__, "cases": len(given["cases"])}))
