import type { AdamUpdateAttributes, SgdUpdateAttributes } from '@kdx/tensor';
import type { TensorInfo } from '@tensorflow/tfjs';
import { util } from '@tensorflow/tfjs';
import { defineKernel, type Inputs } from '../runtime/kernel.js';
import { addressOf, type WasmRuntime } from '../runtime/wasm-runtime.js';
import { constantsAt, trainingFunctions } from './functions.js';

/**
 * Calls `each` with the addresses of the i-th tensors of all lists, and their size, for i below `count`. The first list is what
 * is updated.
 */
function eachOf(
  backend: WasmRuntime,
  inputs: Inputs,
  count: number,
  each: (addresses: number[], size: number) => void,
): void {
  const tensors = Object.values(inputs);
  for (let i = 0; i < count; i++) {
    const addresses: number[] = [];
    for (let at = i; at < tensors.length; at += count) addresses.push(addressOf(backend, tensors[at]));
    const size = util.sizeFromShape(tensors[i].shape);
    each(addresses, size);
    forgetOperators(backend, tensors[i], size);
  }
}

/**
 * The stock convolutions keep an operator with its packed filter for as long as the filter's id lives: told that the id is
 * gone and there again, at the same address, they pack anew.
 */
function forgetOperators(backend: WasmRuntime, { dataId }: TensorInfo, size: number): void {
  const { id, memoryOffset } = backend.dataIdMap.get(dataId);
  backend.wasm.tfjs.disposeData(id);
  backend.wasm.tfjs.registerTensor(id, size, memoryOffset);
}

/** Core's `KdxAdamUpdate`: Adam or AdamW in one pass over memory per parameter, in place. */
export const adamUpdateKernel = defineKernel<AdamUpdateAttributes>(
  'KdxAdamUpdate',
  () =>
    ({ inputs, backend, attrs }): TensorInfo[] => {
      const { count, learningRate, beta1, beta2, eps, weightDecay, decoupled, step } = attrs;
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
      eachOf(backend, inputs, count, ([p, g, m, v], size) => {
        trainingFunctions(backend).adam(p, g, m, v, p, m, v, constants, size);
      });
      return [];
    },
);

/** Core's `KdxSgdUpdate`, in place. */
export const sgdUpdateKernel = defineKernel<SgdUpdateAttributes>(
  'KdxSgdUpdate',
  () =>
    ({ inputs, backend, attrs }): TensorInfo[] => {
      const { count, learningRate, momentum, nesterov, weightDecay } = attrs;
      const functions = trainingFunctions(backend);
      if (momentum === 0) {
        const constants = constantsAt(backend, weightDecay, learningRate);
        eachOf(backend, inputs, count, ([p, g], size) => functions.sgd(p, g, p, constants, size));
        return [];
      }
      const constants = constantsAt(backend, weightDecay, momentum, learningRate);
      const update = functions[nesterov ? 'sgdNesterov' : 'sgdMomentum'];
      eachOf(backend, inputs, count, ([p, g, b], size) => update(p, g, b, p, b, constants, size));
      return [];
    },
);
