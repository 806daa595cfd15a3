import type { TensorInfo } from '@tensorflow/tfjs';
import { FLOAT_BYTES } from '../linalg/gemm.js';
import { float32Array } from '../runtime/arrays.js';
import { defineKernel } from '../runtime/kernel.js';
import { withScratch } from '../runtime/scratch.js';
import { addressOf, type WasmRuntime } from '../runtime/wasm-runtime.js';
import { trainingFunctions } from './functions.js';
import { eachBlock, newFloats, newZeros, rowsOf } from './matrix.js';

/** Vectors `[C]` in scratch memory, one after another. */
function withVectors(
  backend: WasmRuntime,
  vectors: readonly (readonly number[])[],
  use: (...addresses: number[]) => void,
): void {
  const channels = vectors[0].length;
  const bytes = channels * FLOAT_BYTES;
  withScratch(backend, vectors.length * bytes, (start) => {
    const addresses = vectors.map((vector, k) => {
      backend.wasm.HEAPF32.set(vector, (start + k * bytes) / FLOAT_BYTES);
      return start + k * bytes;
    });
    use(...addresses);
  });
}

const numbers = (backend: WasmRuntime, info: TensorInfo): number[] => [...float32Array(backend, info)];

export const batchNormKernel = defineKernel<{ readonly epsilon: number }>(
  'KdxBatchNorm',
  () =>
    ({ inputs: { x, gamma, beta }, backend, attrs: { epsilon } }) => {
      const { rows, columns, bytes } = rowsOf(x);
      const y = newFloats(backend, x.shape);
      const [mean, variance] = [1, 2].map(() => newZeros(backend, [columns]));
      const xAt = addressOf(backend, x);
      const { channelSum, channelSquares, normalizeChannels } = trainingFunctions(backend);
      const divide = (info: TensorInfo): void => {
        const sums = float32Array(backend, info);
        for (let c = 0; c < columns; c++) sums[c] /= rows;
      };
      eachBlock(rows, (first, count) => channelSum(xAt + first * bytes, mean.address, count, bytes));
      divide(mean.info);
      eachBlock(rows, (first, count) =>
        channelSquares(xAt + first * bytes, mean.address, variance.address, count, bytes),
      );
      divide(variance.info);
      const slopes = numbers(backend, gamma);
      float32Array(backend, variance.info).forEach((value, c) => {
        slopes[c] /= Math.sqrt(value + epsilon);
      });
      withVectors(backend, [slopes], (slope) =>
        normalizeChannels(xAt, mean.address, slope, addressOf(backend, beta), y.address, rows, bytes),
      );
      return [y.info, mean.info, variance.info];
    },
);

export const batchNormGradKernel = defineKernel<{ readonly epsilon: number }>(
  'KdxBatchNormGrad',
  () =>
    ({ inputs: { dy, x, gamma, mean, variance }, backend, attrs: { epsilon } }) => {
      const { rows, columns, bytes } = rowsOf(x);
      const dx = newFloats(backend, x.shape);
      const [dgamma, dbeta] = [1, 2].map(() => newZeros(backend, [columns]));
      const [dyAt, xAt, meanAt] = [dy, x, mean].map((info) => addressOf(backend, info));
      const { channelProducts, normalizeChannelsGrad } = trainingFunctions(backend);
      eachBlock(rows, (first, count) => {
        const offset = first * bytes;
        channelProducts(dyAt + offset, xAt + offset, meanAt, dbeta.address, dgamma.address, count, bytes);
      });
      const inverseStd = numbers(backend, variance).map((value) => 1 / Math.sqrt(value + epsilon));
      const slopes = numbers(backend, gamma).map((value, c) => value * inverseStd[c]);
      const along1 = numbers(backend, dbeta.info).map((sum) => sum / rows);
      // So far Σ dy·(x − mean), without the division by σ.
      const products = float32Array(backend, dgamma.info);
      const alongX = [...products].map((sum, c) => (sum * inverseStd[c] ** 2) / rows);
      for (let c = 0; c < columns; c++) products[c] *= inverseStd[c];
      withVectors(backend, [slopes, along1, alongX], (slope, shift, share) =>
        normalizeChannelsGrad(dyAt, xAt, meanAt, slope, shift, share, dx.address, rows, bytes),
      );
      return [dx.info, dgamma.info, dbeta.info];
    },
);

/** Inference: one pass with a slope and a shift per channel. Stock computes both anew for every element. */
export const fusedBatchNormKernel = defineKernel<{ readonly varianceEpsilon: number }>(
  'FusedBatchNorm',
  (stock) => (args) => {
    const { inputs, backend, attrs } = args;
    const { x, mean, variance, offset, scale } = inputs;
    const { rows, columns, bytes } = rowsOf(x);
    const perChannel = [mean, variance, offset, scale].every(
      (info) => info == null || (info.shape.length === 1 && info.shape[0] === columns),
    );
    if (!perChannel || x.dtype !== 'float32' || columns === 0) return stock(args);
    const y = newFloats(backend, x.shape);
    const given = scale == null ? Array<number>(columns).fill(1) : numbers(backend, scale);
    const variances = float32Array(backend, variance);
    const slopes = given.map((value, c) => value / Math.sqrt(variances[c] + attrs.varianceEpsilon));
    const shifts = offset == null ? Array<number>(columns).fill(0) : numbers(backend, offset);
    withVectors(backend, [slopes, shifts], (slope, shift) => {
      const [xAt, meanAt] = [x, mean].map((info) => addressOf(backend, info));
      trainingFunctions(backend).normalizeChannels(xAt, meanAt, slope, shift, y.address, rows, bytes);
    });
    return y.info;
  },
);
