import { util } from '@tensorflow/tfjs';
import { defineKernel } from '../runtime/kernel.js';
import { constantsAt, trainingFunctions } from './functions.js';
import { newFloats } from './matrix.js';

interface DropoutAttrs {
  readonly shape: readonly number[];
  readonly rate: number;
  readonly seed: number;
}

const TWO_32 = 2 ** 32;
/** Sets the second key apart from the first where a seed is below 2³². */
const SALT = 0x9e3779b9;

/** Depends on seed, rate and the number of elements alone: the same mask on every machine. */
export const dropoutMaskKernel = defineKernel<DropoutAttrs>(
  'KdxDropoutMask',
  () =>
    ({ backend, attrs: { shape, rate, seed } }) => {
      const mask = newFloats(backend, [...shape]);
      const keys = new Int32Array([seed % TWO_32, Math.floor(seed / TWO_32) ^ Math.imul(seed | 0, SALT)]);
      const words = new Float32Array(4);
      new Int32Array(words.buffer).set([...keys, Math.floor(rate * TWO_32) | 0]);
      words[3] = 1 / (1 - rate);
      const constants = constantsAt(backend, 0, 0, 0, 0);
      // As bytes: a float with these bits may be a NaN, which JavaScript may change when it is copied as a number.
      backend.wasm.HEAPU8.set(new Uint8Array(words.buffer), constants);
      trainingFunctions(backend).dropoutMask(mask.address, constants, util.sizeFromShape([...shape]));
      return [mask.info];
    },
);
