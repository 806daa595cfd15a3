import type { DataType } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import { SCALAR_TYPE } from '../runtime/element-types.js';
import { type KernelDefinition, type KernelScope, kernel } from '../runtime/kernel.js';
import type { OperatorName } from '../runtime/operators.js';
import { summedType } from './exact.js';
import type { Inputs } from './inputs.js';

interface ReductionAttrs {
  readonly axis?: number | number[];
  /** What Max calls its axes. */
  readonly reductionIndices?: number | number[];
  readonly keepDims: boolean;
}

interface Reduction {
  readonly scope: KernelScope;
  readonly input: Handle;
  /** One or more. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
  /** Of the result. */
  readonly dtype: keyof typeof SCALAR_TYPE;
}

const reduction = (
  name: string,
  typeFor: (dtype: DataType) => DataType,
  reduce: (reduction: Reduction) => Handle,
): KernelDefinition =>
  kernel<Inputs<'x'>, ReductionAttrs>(name, ({ x }, { axis, reductionIndices, keepDims }, scope) => {
    const axes = tf.util.parseAxisParam((axis ?? reductionIndices) as number[], x.shape);
    const input = scope.of(x);
    const dtype = typeFor(x.dtype);
    // libtorch takes no axes for all of them.
    if (axes.length === 0) return { handle: input, dtype };
    return { handle: reduce({ scope, input, axes, keepDims, dtype: dtype as 'float32' }), dtype };
  });

/** An operator that knows one axis at a time, from the last to the first so that the others keep their numbers. */
const oneByOne =
  (operator: OperatorName, takesType: boolean) =>
  ({ scope, input, axes, keepDims, dtype }: Reduction): Handle =>
    [...axes]
      .sort((a, b) => b - a)
      .reduce(
        (tensor, axis) =>
          scope.call(operator, tensor, axis, keepDims, ...(takesType ? [SCALAR_TYPE[dtype]] : [])),
        input,
      );

const atOnce =
  (operator: OperatorName) =>
  ({ scope, input, axes, keepDims }: Reduction): Handle =>
    scope.call(operator, input, axes, keepDims);

/** Sums are of the type asked for: numbers stored as bf16 are added up in float32. */
const typed =
  (operator: OperatorName) =>
  ({ scope, input, axes, keepDims, dtype }: Reduction): Handle =>
    scope.call(operator, input, axes, keepDims, SCALAR_TYPE[dtype]);

const same = (dtype: DataType): DataType => dtype;

const indexOf = (name: string, operator: OperatorName, worst: number): KernelDefinition =>
  kernel<Inputs<'x'>, tf.ArgMaxAttrs>(name, ({ x }, { axis }, scope) => {
    const [along] = tf.util.parseAxisParam(axis, x.shape) as [number];
    const input = scope.of(x);
    // TensorFlow.js passes over what is not a number; to libtorch it is beyond all others.
    const numbers =
      x.dtype === 'float32'
        ? scope.call('nan_to_num', input, worst, Infinity, -Infinity)
        : scope.to(input, 'int32');
    return scope.call(operator, numbers, along);
  });

/** Kernels that reduce axes. */
export const REDUCE_KERNELS: readonly KernelDefinition[] = [
  reduction('Sum', summedType, typed('sum.dim_IntList')),
  reduction('Mean', () => 'float32', typed('mean.dim')),
  reduction('Prod', summedType, oneByOne('prod.dim_int', true)),
  reduction('Max', same, atOnce('amax')),
  reduction('Min', same, atOnce('amin')),
  reduction('All', same, oneByOne('all.dim', false)),
  reduction('Any', same, oneByOne('any.dim', false)),
  indexOf('ArgMax', 'argmax', -Infinity),
  indexOf('ArgMin', 'argmin', Infinity),
];
