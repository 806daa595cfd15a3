import { type KdxError, lookedFor } from '@kdx/tensor';
import { kdxError } from '../errors.js';

const AGAIN = 'run the same kdx synth command again, which makes the missing batches';

/** `KDX_POOL_MISSING`: no pool lies there. */
export const noPool = (directory: string): KdxError =>
  kdxError(
    'KDX_POOL_MISSING',
    `There is no image pool in "${directory}"${lookedFor(directory)}, which lacks pool.json; make one with kdx synth --invert MODEL@WEIGHTS --out ${directory}.`,
  );

/** `KDX_POOL_BROKEN`: what made the pool cannot be read. */
export const brokenDescription = (file: string, why: string, cause?: unknown): KdxError =>
  kdxError(
    'KDX_POOL_BROKEN',
    `"${file}" is not what kdx synth wrote (${why}); restore it, or make the pool anew with kdx synth in another --out.`,
    { cause },
  );

/** `KDX_POOL_BROKEN`: a batch cannot be read, or says what cannot be. */
export const brokenBatch = (file: string, why: string, cause?: unknown): KdxError =>
  kdxError('KDX_POOL_BROKEN', `"${file}" is not what kdx synth wrote (${why}); ${AGAIN}.`, { cause });

/** `KDX_POOL_BROKEN`: batches before the last have no file. */
export const missingBatches = (directory: string, first: string, count: number): KdxError =>
  kdxError(
    'KDX_POOL_BROKEN',
    `The pool in "${directory}" has no "${first}" (${count} missing ${count === 1 ? 'batch' : 'batches'}), though later ones; ${AGAIN}.`,
  );

/** `KDX_POOL_BROKEN`: images that a batch lists have no file. */
export const missingImages = (directory: string, first: string, count: number): KdxError =>
  kdxError(
    'KDX_POOL_BROKEN',
    `The pool in "${directory}" has no "${first}" (${count} missing ${count === 1 ? 'image' : 'images'}); ${AGAIN}.`,
  );

/** `KDX_POOL_BROKEN`: an image is not the one that was made. */
export const wrongImage = (file: string, why: string, cause?: unknown): KdxError =>
  kdxError('KDX_POOL_BROKEN', `The pool's image "${file}" is not the one that was made: ${why}; ${AGAIN}.`, {
    cause,
  });

/** `KDX_POOL_FORMAT`: written by another kdx. */
export const otherFormat = (file: string, found: number, known: number): KdxError =>
  kdxError(
    'KDX_POOL_FORMAT',
    `"${file}" is of pool format ${found}, and this kdx knows ${known}; update kdx, or make the pool anew with kdx synth.`,
  );

/** `KDX_POOL_UNVERIFIED`: images have no score to filter by. */
export const unverified = (directory: string, without: number, total: number): KdxError =>
  kdxError(
    'KDX_POOL_UNVERIFIED',
    `${without} of the ${total} images in "${directory}" have no verifier's score, which threshold= keeps images by; add it with kdx synth --verify MODEL@WEIGHTS --out ${directory}, or leave threshold= out.`,
  );

/** `KDX_POOL_UNVERIFIED`: scores of two networks cannot be held against one threshold. */
export const twoVerifiers = (directory: string, first: string, second: string): KdxError =>
  kdxError(
    'KDX_POOL_UNVERIFIED',
    `The images in "${directory}" were scored by different verifiers (${first} and ${second}), and threshold= takes one; score all with kdx synth --verify MODEL@WEIGHTS --out ${directory}.`,
  );

/** `KDX_POOL_EMPTY`: no image is left to train on. */
export const emptyPool = (directory: string, why: string): KdxError =>
  kdxError('KDX_POOL_EMPTY', `No image is left of the pool in "${directory}": ${why}.`);
