import type { DataType } from '@tensorflow/tfjs';
import { heapArray, isNumeric } from '../runtime/arrays.js';
import { defineKernel } from '../runtime/kernel.js';

/** Shares the data, which is never written again; stock copies it. */
export const identityKernel = defineKernel('Identity', () => ({ inputs: { x }, backend }) => {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
});

/** Stock copies where nothing changes, and makes `false` of booleans cast from fractions and from 256. */
export const castKernel = defineKernel<{ readonly dtype: DataType }>('Cast', (stock) => (args) => {
  const { inputs, backend, attrs } = args;
  const { x } = inputs;
  if (attrs.dtype === x.dtype) {
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  }
  if (attrs.dtype !== 'bool' || !isNumeric(x)) return stock(args);
  const out = backend.makeOutput(x.shape, 'bool');
  const [values, flags] = [x, out].map((info) => heapArray(backend, info));
  for (let i = 0; i < values.length; i++) flags[i] = values[i] === 0 ? 0 : 1;
  return out;
});
