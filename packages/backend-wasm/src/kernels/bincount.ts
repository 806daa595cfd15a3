import { util } from '@tensorflow/tfjs';
import { withShape } from '../runtime/arrays.js';
import { defineKernel } from '../runtime/kernel.js';

/** Counts over all of `x`, whatever its rank; stock makes one row of counts for each of its own. */
export const bincountKernel = defineKernel('Bincount', (stock) => (args) => {
  const { x } = args.inputs;
  return stock({ ...args, inputs: { ...args.inputs, x: withShape(x, [util.sizeFromShape(x.shape)]) } });
});
