import { float32Array } from '../runtime/arrays.js';
import { defineKernel } from '../runtime/kernel.js';
import { addressOf } from '../runtime/wasm-runtime.js';
import { constantsAt, trainingFunctions } from './functions.js';
import { logSoftmaxRow } from './log-softmax-row.js';
import { newFloats, rowsOf } from './matrix.js';

export const softmaxGradKernel = defineKernel('KdxSoftmaxGrad', () => ({ inputs: { dy, y }, backend }) => {
  const { rows, bytes } = rowsOf(y);
  const dx = newFloats(backend, y.shape);
  const [dyAt, yAt] = [dy, y].map((info) => addressOf(backend, info));
  const { softmaxGradRows } = trainingFunctions(backend);
  softmaxGradRows(dyAt, yAt, dx.address, bytes, constantsAt(backend, 1), rows, bytes);
  return [dx.info];
});

export const logSoftmaxKernel = defineKernel('KdxLogSoftmax', () => ({ inputs: { x }, backend }) => {
  const { rows, columns } = rowsOf(x);
  const { info } = newFloats(backend, x.shape);
  const [logits, out] = [x, info].map((each) => float32Array(backend, each));
  for (let row = 0; row < rows; row++) logSoftmaxRow(logits, out, row * columns, columns);
  return [info];
});

export const logSoftmaxGradKernel = defineKernel(
  'KdxLogSoftmaxGrad',
  () =>
    ({ inputs: { dy, y }, backend }) => {
      const { rows, columns } = rowsOf(y);
      const { info } = newFloats(backend, y.shape);
      const [slope, logs, out] = [dy, y, info].map((each) => float32Array(backend, each));
      for (let row = 0; row < rows; row++) {
        const [start, end] = [row * columns, (row + 1) * columns];
        let sum = 0;
        for (let i = start; i < end; i++) sum += slope[i];
        for (let i = start; i < end; i++) out[i] = slope[i] - sum * Math.exp(logs[i]);
      }
      return [info];
    },
);
