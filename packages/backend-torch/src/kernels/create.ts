import * as tf from '@tensorflow/tfjs';
import { SCALAR_TYPE } from '../runtime/element-types.js';
import { type KernelDefinition, kernel } from '../runtime/kernel.js';
import type { Inputs } from './inputs.js';

/** Kernels that make tensors out of numbers. */
export const CREATE_KERNELS: readonly KernelDefinition[] = [
  kernel<object, tf.FillAttrs>('Fill', (_, { shape, value, dtype }, scope) => {
    const type = SCALAR_TYPE[dtype as keyof typeof SCALAR_TYPE];
    return scope.call('full', shape, value, type, undefined, scope.backend.deviceName);
  }),

  kernel<Inputs<'x'>>('ZerosLike', ({ x }, _, scope) => scope.call('zeros_like', scope.of(x))),
  kernel<Inputs<'x'>>('OnesLike', ({ x }, _, scope) => scope.call('ones_like', scope.of(x))),

  kernel<object, tf.RangeAttrs>('Range', (_, { start, stop, step, dtype }, scope) => {
    // TensorFlow.js turns its default step around where the range goes down; a step that leads away gives nothing.
    const stride = stop < start && step === 1 ? -1 : step;
    const size = Math.max(0, Math.ceil((stop - start) / stride));
    const { deviceName } = scope.backend;
    const counts = scope.call('arange', size, SCALAR_TYPE[dtype], undefined, deviceName);
    return {
      handle: scope.call('add.Scalar', scope.call('mul.Scalar', counts, stride), start),
      dtype,
    };
  }),

  kernel<object, tf.LinSpaceAttrs>('LinSpace', (_, { start, stop, num }, scope) =>
    scope.call('linspace', start, stop, num, SCALAR_TYPE.float32, undefined, scope.backend.deviceName),
  ),

  kernel<Inputs<'indices'>, tf.OneHotAttrs>(
    'OneHot',
    ({ indices }, { depth, onValue, offValue, dtype }, scope) => {
      const classes = scope.call('arange', depth, SCALAR_TYPE.int32, undefined, scope.backend.deviceName);
      const isOn = scope.call('eq.Tensor', scope.call('unsqueeze', scope.of(indices), -1), classes);
      return { handle: scope.call('where.Scalar', isOn, onValue, offValue), dtype };
    },
  ),

  kernel<Inputs<'s0' | 's1'>>('BroadcastArgs', ({ s0, s1 }, _, scope) => {
    const [first, second] = [s0, s1].map((shape) => Array.from(scope.read(shape))) as [number[], number[]];
    const shape = tf.backend_util.assertAndGetBroadcastShape(first, second);
    return scope.upload(Int32Array.from(shape), [shape.length], 'int32');
  }),

  kernel<Inputs<'x'>>('Diag', ({ x }, _, scope) => {
    const flat = scope.call('reshape', scope.of(x), [tf.util.sizeFromShape(x.shape)]);
    return scope.call('reshape', scope.call('diag_embed', flat), [...x.shape, ...x.shape]);
  }),
];
