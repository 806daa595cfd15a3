import { util } from '@tensorflow/tfjs';
import { callKernel, defineKernel } from '../runtime/kernel.js';

/** `x` where positive, `alpha · x` elsewhere; stock assumes that `alpha` runs along the last axis. */
export const preluKernel = defineKernel('Prelu', (stock) => (args) => {
  const { inputs, backend } = args;
  const { x, alpha } = inputs;
  const alphaSize = util.sizeFromShape(alpha.shape);
  const alongLastAxis = alphaSize === alpha.shape.at(-1) && alphaSize === x.shape.at(-1);
  if (alongLastAxis) return stock(args);
  const positive = callKernel(backend, 'Relu', { x });
  const rest = callKernel(backend, 'Sub', { a: x, b: positive });
  const scaled = callKernel(backend, 'Multiply', { a: alpha, b: rest });
  const out = callKernel(backend, 'Add', { a: positive, b: scaled });
  for (const { dataId } of [positive, rest, scaled]) backend.disposeData(dataId);
  return out;
});
