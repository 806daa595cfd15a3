import type Sharp from 'sharp';
import { noCodec } from './errors.js';

export type Codec = typeof Sharp;

let loaded: Promise<Codec> | undefined;

/** sharp, loaded when the first image file is met: data that is not made of image files does without it. */
export function codec(): Promise<Codec> {
  loaded ??= import('sharp').then(
    (module) => module.default,
    (cause) => {
      throw noCodec(cause);
    },
  );
  return loaded;
}
