import type { TensorInfo } from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import type { KernelDefinition, KernelScope } from '../runtime/kernel.js';
import { fusedKernel } from './fused-kernel.js';

const float32 = (scope: KernelScope, input: TensorInfo): Handle => scope.to(scope.of(input), 'float32');

const logSoftmax = (scope: KernelScope, logits: Handle): Handle =>
  scope.call('_log_softmax', logits, -1, false);

export const LOSS_KERNELS: readonly KernelDefinition[] = [
  fusedKernel('KdxCrossEntropy', ({ logits, targets }, _, scope) => {
    const logProbabilities = logSoftmax(scope, float32(scope, logits));
    const sum = scope.call('sum', scope.call('mul.Tensor', logProbabilities, float32(scope, targets)));
    return [scope.call('mul.Scalar', sum, -1 / (logits.shape[0] as number)), logProbabilities];
  }),

  fusedKernel('KdxCrossEntropyGrad', ({ dy, logProbabilities, targets }, _, scope) => {
    const wanted = float32(scope, targets);
    const mass = scope.call('sum.dim_IntList', wanted, [-1], true);
    const expected = scope.call('mul.Tensor', scope.call('exp', scope.of(logProbabilities)), mass);
    const scale = scope.call('mul.Scalar', scope.of(dy), 1 / (targets.shape[0] as number));
    return [scope.call('mul.Tensor', scope.call('sub.Tensor', expected, wanted), scale)];
  }),

  fusedKernel('KdxKlDivergence', ({ student, teacher }, { temperature, divisor }, scope) => {
    const softened = (logits: TensorInfo): Handle =>
      logSoftmax(scope, scope.call('mul.Scalar', float32(scope, logits), 1 / temperature));
    const studentLog = softened(student);
    const teacherLog = softened(teacher);
    const gap = scope.call('sub.Tensor', teacherLog, studentLog);
    const sum = scope.call('sum', scope.call('mul.Tensor', scope.call('exp', teacherLog), gap));
    return [scope.call('mul.Scalar', sum, temperature ** 2 / divisor), studentLog, teacherLog];
  }),

  fusedKernel(
    'KdxKlDivergenceGrad',
    ({ dy, studentLogProbabilities, teacherLogProbabilities }, { temperature, divisor }, scope) => {
      const probability = (logs: TensorInfo): Handle => scope.call('exp', scope.of(logs));
      const gap = scope.call(
        'sub.Tensor',
        probability(studentLogProbabilities),
        probability(teacherLogProbabilities),
      );
      const scale = scope.call('mul.Scalar', scope.of(dy), temperature / divisor);
      return [scope.call('mul.Tensor', gap, scale)];
    },
  ),
];
