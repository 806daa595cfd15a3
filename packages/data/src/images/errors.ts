import { type KdxError, messageOf } from '@kdx/tensor';
import { kdxError } from '../errors.js';

const REMEDY = 'replace it by a whole one';

/** `KDX_IMAGE_BROKEN`: the bytes are no whole PNG or JPEG. */
export const brokenImage = (name: string, cause: unknown): KdxError =>
  kdxError(
    'KDX_IMAGE_BROKEN',
    `${name} is no whole PNG or JPEG image (${messageOf(cause).split('\n')[0].replace(/[.:]$/, '')}); ${REMEDY}.`,
    { cause },
  );

/** `KDX_IMAGE_MISSING`: the file cannot be read. */
export const unreadableImage = (file: string, cause: unknown): KdxError =>
  kdxError(
    'KDX_IMAGE_MISSING',
    `The image "${file}" cannot be read: ${messageOf(cause)}; put it there or name another.`,
    { cause },
  );

/** `KDX_IMAGE_SIZE`: an image, or an array of pixels, is not of the size that is wanted. */
export const wrongImageSize = (name: string, found: string, wanted: string, remedy: string): KdxError =>
  kdxError('KDX_IMAGE_SIZE', `${name} is ${found}, but ${wanted} was wanted; ${remedy}.`);

/** `KDX_IMAGE_PIXEL`: a value is not a number. */
export const notANumber = (index: number, value: number): KdxError =>
  kdxError(
    'KDX_IMAGE_PIXEL',
    `Value ${index} of an image is ${value}, which no 8-bit pixel stands for; pass numbers, 0 for black and 1 for white.`,
  );

/** `KDX_IMAGE_QUALITY`: not a JPEG quality. */
export const wrongQuality = (quality: number): KdxError =>
  kdxError('KDX_IMAGE_QUALITY', `The JPEG quality ${quality} is no whole number from 1 to 100; name one.`);

/** `KDX_IMAGE_CODEC`: sharp does not load here. */
export const noCodec = (cause: unknown): KdxError =>
  kdxError(
    'KDX_IMAGE_CODEC',
    `Image files need the package sharp, which does not load here (${messageOf(cause).split('\n')[0]}); run npm install --include=optional sharp.`,
    { cause },
  );
