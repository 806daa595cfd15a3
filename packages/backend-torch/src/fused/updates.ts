import {
  ADAM_UPDATE,
  type AdamUpdateAttributes,
  CLIP_GRADIENTS,
  type ClipGradientsAttributes,
  EMA_UPDATE,
  type EmaUpdateAttributes,
  SGD_UPDATE,
  type SgdUpdateAttributes,
} from '@kdx/tensor';
import type { TensorInfo } from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import { type KernelDefinition, type KernelScope, kernel } from '../runtime/kernel.js';

/** List number `index` of inputs that are lists in a row. */
const list = (inputs: readonly TensorInfo[], count: number, index: number): readonly TensorInfo[] =>
  inputs.slice(index * count, (index + 1) * count);

const read = (scope: KernelScope, tensors: readonly TensorInfo[]): Handle[] =>
  tensors.map((tensor) => scope.to(scope.of(tensor), 'float32'));

/** Tensors to be overwritten, with their elements where those of `like` are. */
const written = (
  scope: KernelScope,
  tensors: readonly TensorInfo[],
  like: readonly Handle[] = [],
): Handle[] => tensors.map((tensor, i) => scope.backend.ownHandle(tensor, like[i]));

/** Multi-tensor updates in place; the contract is in core's `fused-updates.ts`. */
export const UPDATE_KERNELS: readonly KernelDefinition[] = [
  kernel<TensorInfo[], SgdUpdateAttributes>(
    SGD_UPDATE,
    (inputs, { count, learningRate, momentum, nesterov, weightDecay }, scope) => {
      const parameters = written(scope, list(inputs, count, 0));
      const plain = read(scope, list(inputs, count, 1));
      const gradients =
        weightDecay === 0 ? plain : scope.callMany('_foreach_add.List', plain, parameters, weightDecay);
      if (momentum === 0) {
        scope.run('_foreach_add_.List', parameters, gradients, -learningRate);
        return [];
      }
      const buffers = written(scope, list(inputs, count, 2));
      scope.run('_foreach_mul_.Scalar', buffers, momentum);
      scope.run('_foreach_add_.List', buffers, gradients);
      const steps = nesterov ? scope.callMany('_foreach_add.List', gradients, buffers, momentum) : buffers;
      scope.run('_foreach_add_.List', parameters, steps, -learningRate);
      return [];
    },
  ),

  kernel<TensorInfo[], AdamUpdateAttributes>(ADAM_UPDATE, (inputs, attrs, scope) => {
    const { count, learningRate, beta1, beta2, eps, weightDecay, decoupled, step } = attrs;
    const parameters = written(scope, list(inputs, count, 0));
    const plain = read(scope, list(inputs, count, 1));
    const fused = decoupled ? '_fused_adamw_' : '_fused_adam_';
    const { bridge } = scope.backend;
    // Registered for CUDA long before it was for the CPU.
    const isThere = scope.has(fused) && scope.has('_fused_adagrad_');
    if (isThere && parameters.every((parameter) => bridge.isLaidOutAs(parameter, parameter))) {
      const [means, squares] = [2, 3].map((index) => written(scope, list(inputs, count, index), parameters));
      // The fused update walks the memory of a parameter, its gradient and its slots side by side.
      const gradients = plain.map((gradient, i) => scope.laidOutAs(gradient, parameters[i] as Handle));
      const steps = new Array<Handle>(count).fill(scope.upload(Float32Array.of(step), [], 'float32'));
      const rates = [learningRate, beta1, beta2, weightDecay, eps];
      scope.run(fused, parameters, gradients, means, squares, [], steps, ...rates, false, false);
      return [];
    }
    const [means, squares] = [2, 3].map((index) => written(scope, list(inputs, count, index))) as [
      Handle[],
      Handle[],
    ];
    const isL2 = weightDecay !== 0 && !decoupled;
    const gradients = isL2 ? scope.callMany('_foreach_add.List', plain, parameters, weightDecay) : plain;
    if (weightDecay !== 0 && decoupled) {
      scope.run('_foreach_mul_.Scalar', parameters, 1 - learningRate * weightDecay);
    }
    scope.run('_foreach_mul_.Scalar', means, beta1);
    scope.run('_foreach_add_.List', means, gradients, 1 - beta1);
    scope.run('_foreach_mul_.Scalar', squares, beta2);
    scope.run('_foreach_addcmul_.Scalar', squares, gradients, gradients, 1 - beta2);
    const denominators = scope.callMany('_foreach_sqrt', squares);
    scope.run('_foreach_div_.Scalar', denominators, Math.sqrt(1 - beta2 ** step));
    scope.run('_foreach_add_.Scalar', denominators, eps);
    scope.run(
      '_foreach_addcdiv_.Scalar',
      parameters,
      means,
      denominators,
      -learningRate / (1 - beta1 ** step),
    );
    return [];
  }),

  kernel<TensorInfo[], EmaUpdateAttributes>(EMA_UPDATE, (inputs, { count, decay }, scope) => {
    const averages = written(scope, list(inputs, count, 0));
    const gaps = scope.callMany('_foreach_sub.List', read(scope, list(inputs, count, 1)), averages);
    scope.run('_foreach_add_.List', averages, gaps, 1 - decay);
    return [];
  }),

  kernel<TensorInfo[], ClipGradientsAttributes>(CLIP_GRADIENTS, (inputs, { maxNorm }, scope) => {
    const gradients = written(scope, inputs);
    const norm = scope.call(
      'linalg_vector_norm',
      scope.call('stack', scope.callMany('_foreach_norm.Scalar', gradients, 2)),
    );
    const share = scope.call('reciprocal', scope.call('add.Scalar', norm, 1e-6));
    const factor = scope.call('clamp_max', scope.call('mul.Scalar', share, maxNorm), 1);
    for (const gradient of gradients) scope.call('mul_.Tensor', gradient, factor);
    return [norm];
  }),
];
