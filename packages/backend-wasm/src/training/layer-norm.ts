import { defineKernel } from '../runtime/kernel.js';
import { addressOf } from '../runtime/wasm-runtime.js';
import { constantsAt, trainingFunctions } from './functions.js';
import { newFloats, newZeros, rowsOf } from './matrix.js';

export const layerNormKernel = defineKernel<{ readonly epsilon: number }>(
  'KdxLayerNorm',
  () =>
    ({ inputs: { x, gamma, beta }, backend, attrs }) => {
      const { rows, columns, bytes } = rowsOf(x);
      const [y, mean, inverseStd] = [x.shape, ...Array(2).fill([...x.shape.slice(0, -1), 1])].map((shape) =>
        newFloats(backend, shape),
      );
      const addresses = [x, gamma, beta].map((info) => addressOf(backend, info));
      trainingFunctions(backend).layerNorm(
        ...addresses,
        y.address,
        mean.address,
        inverseStd.address,
        constantsAt(backend, attrs.epsilon, 1 / columns),
        rows,
        bytes,
      );
      return [y.info, mean.info, inverseStd.info];
    },
);

export const layerNormGradKernel = defineKernel(
  'KdxLayerNormGrad',
  () =>
    ({ inputs: { dy, x, gamma, mean, inverseStd }, backend }) => {
      const { rows, columns, bytes } = rowsOf(x);
      const dx = newFloats(backend, x.shape);
      const [dgamma, dbeta] = [1, 2].map(() => newZeros(backend, [columns]));
      const addresses = [dy, x, gamma, mean, inverseStd].map((info) => addressOf(backend, info));
      trainingFunctions(backend).layerNormGrad(
        ...addresses,
        dx.address,
        dgamma.address,
        dbeta.address,
        constantsAt(backend, 1 / columns),
        rows,
        bytes,
      );
      return [dx.info, dgamma.info, dbeta.info];
    },
);
