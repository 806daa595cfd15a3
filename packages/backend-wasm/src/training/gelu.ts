import { util } from '@tensorflow/tfjs';
import { defineKernel } from '../runtime/kernel.js';
import { addressOf } from '../runtime/wasm-runtime.js';
import { trainingFunctions } from './functions.js';
import { newFloats } from './matrix.js';

// The functions take no constants.
const NO_CONSTANTS = 0;

export const geluKernel = defineKernel('KdxGelu', () => ({ inputs: { x }, backend }) => {
  const y = newFloats(backend, x.shape);
  const size = util.sizeFromShape(x.shape);
  trainingFunctions(backend).gelu(addressOf(backend, x), y.address, NO_CONSTANTS, size);
  return [y.info];
});

export const geluGradKernel = defineKernel('KdxGeluGrad', () => ({ inputs: { dy, x }, backend }) => {
  const dx = newFloats(backend, x.shape);
  const size = util.sizeFromShape(x.shape);
  const [dyAt, xAt] = [dy, x].map((info) => addressOf(backend, info));
  trainingFunctions(backend).geluGrad(dyAt, xAt, dx.address, NO_CONSTANTS, size);
  return [dx.info];
});
