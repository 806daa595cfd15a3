import { type ImageSize } from '@kdx/core';
import { type KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';

const sizeText = (size: readonly number[]): string => `[${size.join(', ')}]`;

/** `KDX_PREDICT_IMAGES`: nothing that can be taken for images. */
export const notImages = (given: string): KdxError =>
  kdxError(
    'KDX_PREDICT_IMAGES',
    `predict() takes a Float32Array in [0, 1], a Uint8Array, a tensor [B, H, W, C], or decoded images (decodeImage of @kdx/data), and got ${given}.`,
  );

/** `KDX_PREDICT_SIZE`: images of another height, width or number of channels. */
export function wrongSize(given: readonly number[], wanted: ImageSize, which = 'The images are'): KdxError {
  const [height, width, channels] = wanted;
  const [, first, second, third] = given.length === 4 ? given : [0, ...given];
  const hint =
    first === channels && second === height && third === width
      ? 'put the channels last'
      : given.at(-1) !== channels && given.length >= 3
        ? `decode them with ${channels === 1 ? '1 channel' : `${channels} channels`}`
        : `scale them to ${height} × ${width} pixels, as the training images were`;
  return kdxError(
    'KDX_PREDICT_SIZE',
    `${which} ${sizeText(given)} and the model takes [H, W, C] = ${sizeText(wanted)}; ${hint}.`,
  );
}

/** `KDX_PREDICT_SIZE`: as many values as no whole number of images has. */
export const wrongLength = (length: number, size: ImageSize): KdxError =>
  kdxError(
    'KDX_PREDICT_SIZE',
    `The images have ${length} values and one image of the model has ${size[0] * size[1] * size[2]} (${sizeText(size)}, channels last); give whole images, at least one.`,
  );

/**
 * `KDX_PREDICT_RANGE`: a value that is not a brightness in [0, 1].
 * @param least the lowest value of all, which is negative where somebody normalised
 */
export function wrongRange(value: number, image: number, place: number, least: number): KdxError {
  const hint = Number.isNaN(value)
    ? 'it comes from a division by 0 or an image that was not read'
    : least < 0
      ? 'leave the normalisation out, predict() does it'
      : 'give bytes from 0 to 255 as a Uint8Array, or divide them by 255';
  return kdxError(
    'KDX_PREDICT_RANGE',
    `Image ${image} has the value ${value} at place ${place}, and float images are in [0, 1]; ${hint}.`,
  );
}

/** `KDX_PREDICT_OPTIONS`. */
export const wrongOption = (sentence: string): KdxError => kdxError('KDX_PREDICT_OPTIONS', `${sentence}.`);
