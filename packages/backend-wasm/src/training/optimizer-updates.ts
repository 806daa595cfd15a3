import type { AdamUpdateAttributes, SgdUpdateAttributes } from '@kdx/core';
import type { TensorInfo } from '@tensorflow/tfjs';
import { util } from '@tensorflow/tfjs';
import { defineKernel } from '../runtime/kernel.js';
import { addressOf } from '../runtime/wasm-runtime.js';
import { constantsAt, trainingFunctions } from './functions.js';

/** Core's `KdxAdamUpdate`: Adam or AdamW in one pass over memory, in place. */
export const adamUpdateKernel = defineKernel<AdamUpdateAttributes>(
  'KdxAdamUpdate',
  () =>
    ({ inputs, backend, attrs }): TensorInfo[] => {
      const { learningRate, beta1, beta2, eps, weightDecay, decoupled, step } = attrs;
      const [p, g, m, v] = [inputs.parameter, inputs.gradient, inputs.expAvg, inputs.expAvgSq].map((info) =>
        addressOf(backend, info),
      );
      // Corrections on the host, in double precision, as in core: 1 − β₂ᵗ is 0.001 at first.
      const constants = constantsAt(
        backend,
        decoupled ? 0 : weightDecay,
        decoupled ? 1 - learningRate * weightDecay : 1,
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        Math.sqrt(1 - beta2 ** step),
        eps,
        learningRate / (1 - beta1 ** step),
      );
      const size = util.sizeFromShape(inputs.parameter.shape);
      trainingFunctions(backend).adam(p, g, m, v, p, m, v, constants, size);
      return [];
    },
);

/** Core's `KdxSgdUpdate`, in place. */
export const sgdUpdateKernel = defineKernel<SgdUpdateAttributes>(
  'KdxSgdUpdate',
  () =>
    ({ inputs, backend, attrs }): TensorInfo[] => {
      const { learningRate, momentum, nesterov, weightDecay } = attrs;
      const functions = trainingFunctions(backend);
      const [p, g] = [inputs.parameter, inputs.gradient].map((info) => addressOf(backend, info));
      const size = util.sizeFromShape(inputs.parameter.shape);
      if (inputs.momentumBuffer == null) {
        functions.sgd(p, g, p, constantsAt(backend, weightDecay, learningRate), size);
        return [];
      }
      const b = addressOf(backend, inputs.momentumBuffer);
      const constants = constantsAt(backend, weightDecay, momentum, learningRate);
      functions[nesterov ? 'sgdNesterov' : 'sgdMomentum'](p, g, b, p, b, constants, size);
      return [];
    },
);
