import type { ImageSize } from '@kdx/core';
import * as tf from '@tensorflow/tfjs';
import { notImages, wrongLength, wrongRange, wrongSize } from './errors.js';

/** An image as `decodeImage` (floats in [0, 1]) and `decodePixels` (bytes) of `@kdx/data` give it. */
export interface DecodedImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** `H · W · C` values, row by row, channels last. */
  readonly data: Float32Array | Uint8Array | Uint8ClampedArray;
}

/**
 * Images to predict. Floats are in [0, 1], bytes from 0 to 255; none is normalised. Arrays hold one or several images
 * `[H, W, C]` after each other; a tensor is `[H, W, C]` or `[B, H, W, C]`, `float32` in [0, 1] or `int32` from 0 to 255.
 */
export type PredictImages =
  | Float32Array
  | Uint8Array
  | Uint8ClampedArray
  | tf.Tensor
  | DecodedImage
  | readonly DecodedImage[];

/**
 * The images as one array `[B, H, W, C]` in [0, 1].
 * @throws KdxError `KDX_PREDICT_IMAGES`, `KDX_PREDICT_SIZE`, `KDX_PREDICT_RANGE`
 */
export async function readImages(images: PredictImages, size: ImageSize): Promise<Float32Array> {
  const values = await valuesOf(images, size);
  const perImage = size[0] * size[1] * size[2];
  if (values.length === 0 || values.length % perImage !== 0) throw wrongLength(values.length, size);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    // Resampling and 1/255 in float32 may leave [0, 1] by a rounding error. False for NaN, too.
    if (value >= -1e-4 && value <= 1 + 1e-4) continue;
    const least = values.reduce((a, b) => Math.min(a, b));
    throw wrongRange(value, Math.floor(i / perImage), i % perImage, least);
  }
  return values;
}

async function valuesOf(images: unknown, size: ImageSize): Promise<Float32Array> {
  if (images instanceof tf.Tensor) return ofTensor(images, size);
  if (Array.isArray(images)) return ofDecoded(images, size);
  if (isDecoded(images)) return ofDecoded([images], size);
  return ofArray(images);
}

async function ofTensor(tensor: tf.Tensor, size: ImageSize): Promise<Float32Array> {
  const { shape, dtype } = tensor;
  if (dtype !== 'float32' && dtype !== 'int32') throw notImages(`a tensor of ${dtype}`);
  const sides = shape.slice(-3);
  if ((tensor.rank !== 3 && tensor.rank !== 4) || sides.some((side, axis) => side !== size[axis])) {
    throw wrongSize(shape, size);
  }
  const values = await tensor.data();
  if (dtype === 'float32') return Float32Array.from(values);
  const wrong = values.find((value) => value < 0 || value > 255);
  if (wrong !== undefined)
    throw notImages(`an int32 tensor with the value ${wrong}; bytes are from 0 to 255`);
  return Float32Array.from(values, (value) => value / 255);
}

function ofDecoded(images: readonly unknown[], [height, width, channels]: ImageSize): Float32Array {
  const perImage = height * width * channels;
  const values = new Float32Array(images.length * perImage);
  images.forEach((image, index) => {
    if (!isDecoded(image)) throw notImages(`a list with ${kindOf(image)} at place ${index}`);
    const given = [image.height, image.width, image.channels];
    const fits = given.every((side, axis) => side === [height, width, channels][axis]);
    if (!fits || image.data.length !== perImage) {
      throw wrongSize(given, [height, width, channels], `Image ${index} is`);
    }
    values.set(ofArray(image.data), index * perImage);
  });
  return values;
}

function ofArray(values: unknown): Float32Array {
  if (values instanceof Float32Array) return values;
  if (values instanceof Uint8Array || values instanceof Uint8ClampedArray) {
    return Float32Array.from(values, (value) => value / 255);
  }
  throw notImages(kindOf(values));
}

const isDecoded = (value: unknown): value is DecodedImage =>
  typeof value === 'object' &&
  value !== null &&
  ['height', 'width', 'channels'].every(
    (side) => typeof (value as Record<string, unknown>)[side] === 'number',
  ) &&
  ArrayBuffer.isView((value as { readonly data?: unknown }).data);

function kindOf(value: unknown): string {
  if (typeof value === 'string') return 'a text (read a file with decodeImage first)';
  if (typeof value !== 'object' || value === null) return String(value);
  const name = Object.getPrototypeOf(value)?.constructor?.name ?? 'Object';
  return /^[AEIOU]/.test(name) ? `an ${name}` : `a ${name}`;
}
