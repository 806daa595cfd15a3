import * as tf from '@tensorflow/tfjs';
import { SCALAR_TYPE } from '../runtime/element-types.js';
import { type KernelDefinition, kernel } from '../runtime/kernel.js';
import type { OperatorName } from '../runtime/operators.js';
import { summedType } from './exact.js';
import type { Inputs } from './inputs.js';

/** @param neutral what an exclusive run begins with */
const cumulative = (name: string, operator: OperatorName, neutral: number): KernelDefinition =>
  kernel<Inputs<'x'>, tf.CumsumAttrs>(name, ({ x }, { axis, exclusive, reverse }, scope) => {
    const [along] = tf.util.parseAxisParam(axis, x.shape) as [number];
    const turned = reverse ? scope.call('flip', scope.of(x), [along]) : scope.of(x);
    const unpadded: number[] = new Array(2 * (x.shape.length - 1 - along)).fill(0);
    // One in at the front, one out at the back.
    const moved = exclusive ? scope.call('constant_pad_nd', turned, [...unpadded, 1, -1], neutral) : turned;
    const type = SCALAR_TYPE[summedType(x.dtype) as 'float32'];
    const run = scope.call(operator, moved, along, type);
    return reverse ? scope.call('flip', run, [along]) : run;
  });

/** Kernels of running totals. */
export const CUMULATE_KERNELS: readonly KernelDefinition[] = [
  cumulative('Cumsum', 'cumsum', 0),
  cumulative('Cumprod', 'cumprod', 1),
];
