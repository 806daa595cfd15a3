import { util } from '@tensorflow/tfjs';
import { FLOAT_BYTES } from '../linalg/gemm.js';
import { defineKernel } from '../runtime/kernel.js';
import { addressOf } from '../runtime/wasm-runtime.js';
import { trainingFunctions } from './functions.js';

/** Gathers each piece's runs of adjacent elements; stock slices element by element. */
export const unpackKernel = defineKernel<{ readonly axis: number }>('Unpack', (stock) => (args) => {
  const { inputs, backend, attrs } = args;
  const { value } = inputs;
  if (value.dtype !== 'float32' && value.dtype !== 'int32') return stock(args);
  const [axis] = util.parseAxisParam(attrs.axis, value.shape);
  const [before, after] = [value.shape.slice(0, axis), value.shape.slice(axis + 1)];
  const run = util.sizeFromShape(after) * FLOAT_BYTES;
  const pieces = value.shape[axis];
  return Array.from({ length: pieces }, (_, piece) => {
    const out = backend.makeOutput([...before, ...after], value.dtype);
    const from = addressOf(backend, value) + piece * run;
    const { copyRuns } = trainingFunctions(backend);
    copyRuns(from, 0, pieces * run, addressOf(backend, out), 1, util.sizeFromShape(before), run);
    return out;
  });
});
