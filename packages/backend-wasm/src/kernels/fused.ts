import type { TensorInfo } from '@tensorflow/tfjs';
import type { ConvAttrs } from '../conv/geometry.js';
import { withShape } from '../runtime/arrays.js';
import { callKernel, defineKernel, type Inputs } from '../runtime/kernel.js';
import type { WasmRuntime } from '../runtime/wasm-runtime.js';
import { batchMatMul, type MatMulAttrs } from './batch-mat-mul.js';

interface Activation {
  readonly activation: 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid' | 'prelu' | 'leakyrelu';
  readonly leakyreluAlpha?: number;
}

const KERNEL_OF = { relu: 'Relu', relu6: 'Relu6', elu: 'Elu', sigmoid: 'Sigmoid' } as const;

/** A value per channel, of any rank, so that it broadcasts to an output in `dataFormat`. */
const perChannel = (value: TensorInfo, dataFormat: string | undefined): TensorInfo =>
  dataFormat === 'NCHW' && value.shape.length === 1 && value.shape[0] !== 1
    ? withShape(value, [value.shape[0], 1, 1])
    : value;

/** Adds the bias and applies the activation; stock takes a bias of rank 1 only. Disposes of `product`. */
function finish(
  backend: WasmRuntime,
  product: TensorInfo,
  { bias, preluActivationWeights }: Inputs,
  { activation, leakyreluAlpha }: Activation,
  dataFormat?: string,
): TensorInfo {
  let out = product;
  const replace = (next: TensorInfo): void => {
    backend.disposeData(out.dataId);
    out = next;
  };
  if (bias != null) replace(callKernel(backend, 'Add', { a: out, b: perChannel(bias, dataFormat) }));
  if (activation === 'linear') return out;
  if (activation === 'prelu') {
    replace(callKernel(backend, 'Prelu', { x: out, alpha: perChannel(preluActivationWeights, dataFormat) }));
  } else if (activation === 'leakyrelu') {
    replace(callKernel(backend, 'LeakyRelu', { x: out }, { alpha: leakyreluAlpha }));
  } else {
    replace(callKernel(backend, KERNEL_OF[activation], { x: out }));
  }
  return out;
}

export const fusedMatMulKernel = defineKernel<MatMulAttrs & Activation>(
  '_FusedMatMul',
  () =>
    ({ inputs, backend, attrs }) =>
      finish(backend, batchMatMul(backend, inputs.a, inputs.b, attrs), inputs, attrs),
);

export const fusedConv2dKernel = defineKernel<ConvAttrs & Activation>(
  'FusedConv2D',
  () =>
    ({ inputs, backend, attrs }) => {
      const { x, filter } = inputs;
      const product = callKernel(backend, 'Conv2D', { x, filter }, attrs);
      return finish(backend, product, inputs, attrs, attrs.dataFormat);
    },
);

export const fusedDepthwiseConv2dKernel = defineKernel<ConvAttrs & Activation>(
  'FusedDepthwiseConv2D',
  () =>
    ({ inputs, backend, attrs }) => {
      const { x, filter } = inputs;
      return finish(
        backend,
        callKernel(backend, 'DepthwiseConv2dNative', { x, filter }, attrs),
        inputs,
        attrs,
      );
    },
);
