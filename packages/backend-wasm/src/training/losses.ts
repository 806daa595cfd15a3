import { float32Array } from '../runtime/arrays.js';
import { defineKernel } from '../runtime/kernel.js';
import { logSoftmaxRow } from './log-softmax-row.js';
import { newFloats, rowsOf } from './matrix.js';

// Logits are few beside activations, so these run in double precision on the host, on the heap itself.

export const crossEntropyKernel = defineKernel(
  'KdxCrossEntropy',
  () =>
    ({ inputs: { logits, targets }, backend }) => {
      const { rows, columns } = rowsOf(logits);
      const [loss, logs] = [[], logits.shape].map((shape) => newFloats(backend, shape).info);
      const [x, t, y, total] = [logits, targets, logs, loss].map((info) => float32Array(backend, info));
      let sum = 0;
      for (let row = 0; row < rows; row++) {
        logSoftmaxRow(x, y, row * columns, columns);
        for (let i = row * columns; i < (row + 1) * columns; i++) sum += t[i] * y[i];
      }
      total[0] = -sum / rows;
      return [loss, logs];
    },
);

export const crossEntropyGradKernel = defineKernel(
  'KdxCrossEntropyGrad',
  () =>
    ({ inputs: { dy, logProbabilities, targets }, backend }) => {
      const { rows, columns } = rowsOf(targets);
      const { info } = newFloats(backend, targets.shape);
      const [slope, y, t, out] = [dy, logProbabilities, targets, info].map((each) =>
        float32Array(backend, each),
      );
      const factor = slope[0] / rows;
      for (let row = 0; row < rows; row++) {
        const [start, end] = [row * columns, (row + 1) * columns];
        let mass = 0;
        for (let i = start; i < end; i++) mass += t[i];
        for (let i = start; i < end; i++) out[i] = factor * (Math.exp(y[i]) * mass - t[i]);
      }
      return [info];
    },
);

interface KlAttrs {
  readonly temperature: number;
  readonly divisor: number;
}

export const klDivergenceKernel = defineKernel<KlAttrs>(
  'KdxKlDivergence',
  () =>
    ({ inputs: { student, teacher }, backend, attrs: { temperature, divisor } }) => {
      const { rows, columns } = rowsOf(student);
      const [loss, logS, logT] = [[], student.shape, student.shape].map(
        (shape) => newFloats(backend, shape).info,
      );
      const arrays = [student, teacher, logS, logT, loss].map((info) => float32Array(backend, info));
      const [s, t, outS, outT, total] = arrays;
      let sum = 0;
      for (let row = 0; row < rows; row++) {
        logSoftmaxRow(s, outS, row * columns, columns, temperature);
        logSoftmaxRow(t, outT, row * columns, columns, temperature);
        for (let i = row * columns; i < (row + 1) * columns; i++) {
          sum += Math.exp(outT[i]) * (outT[i] - outS[i]);
        }
      }
      total[0] = (sum * temperature ** 2) / divisor;
      return [loss, logS, logT];
    },
);

export const klDivergenceGradKernel = defineKernel<KlAttrs>(
  'KdxKlDivergenceGrad',
  () =>
    ({ inputs: { dy, studentLogProbabilities, teacherLogProbabilities }, backend, attrs }) => {
      const { info } = newFloats(backend, studentLogProbabilities.shape);
      const [slope, s, t, out] = [dy, studentLogProbabilities, teacherLogProbabilities, info].map((each) =>
        float32Array(backend, each),
      );
      const factor = (slope[0] * attrs.temperature) / attrs.divisor;
      for (let i = 0; i < out.length; i++) out[i] = factor * (Math.exp(s[i]) - Math.exp(t[i]));
      return [info];
    },
);
