import * as tf from '@tensorflow/tfjs';
import { hasKernel } from '../backend/fused.js';
import { SGD_UPDATE, type SgdUpdateAttributes } from '../kernels/contract.js';
import { checkOption } from './check-option.js';
import { decayAll } from './decay-all.js';
import { groupsOf, own, runUpdate } from './fused-updates.js';
import type { OptimizerRule, RuleUpdate } from './rule.js';

export interface SgdOptions {
  /** In [0, 1). Default 0. */
  readonly momentum?: number;
  /** Needs a momentum. Default false. */
  readonly nesterov?: boolean;
  /** Default 0. */
  readonly weightDecay?: number;
  /** Whether norms and biases decay too; see {@link decayAll}. Default false. */
  readonly decayAll?: boolean;
}

/**
 * Stochastic gradient descent with PyTorch's equations (momentum without the learning rate, no dampening):
 *
 *     g ← g + λ p          b ← μ b + g          p ← p − η (b, or g + μ b with Nesterov)
 *
 * @throws KdxError `KDX_OPTIMIZER_INVALID`.
 */
export function sgd({
  momentum = 0,
  nesterov = false,
  weightDecay = 0,
  decayAll: all = false,
}: SgdOptions = {}): OptimizerRule {
  checkOption('sgd', 'momentum', momentum, momentum >= 0 && momentum < 1, 'a number in [0, 1)');
  checkOption('sgd', 'weightDecay', weightDecay, weightDecay >= 0, 'a number ≥ 0');
  checkOption('sgd', 'nesterov', nesterov, !nesterov || momentum > 0, 'false, or its momentum above 0');

  const lambdaOf = ({ decay }: RuleUpdate) => (decay ? weightDecay : 0);

  const composed = (update: RuleUpdate): void => {
    const { parameter, gradient, slots, learningRate } = update;
    const [momentumBuffer] = slots;
    const lambda = lambdaOf(update);
    const g = lambda === 0 ? gradient : tf.add(gradient, tf.mul(parameter, lambda));
    let direction = g;
    if (momentumBuffer) {
      momentumBuffer.assign(tf.add(tf.mul(momentumBuffer, momentum), g));
      direction = nesterov ? tf.add(g, tf.mul(momentumBuffer, momentum)) : momentumBuffer;
    }
    parameter.assign(tf.sub(parameter, tf.mul(direction, learningRate)));
  };

  const fused = (group: readonly RuleUpdate[]): void => {
    const [{ learningRate }] = group;
    const attributes: Omit<SgdUpdateAttributes, 'count'> = {
      learningRate,
      momentum,
      nesterov,
      weightDecay: lambdaOf(group[0]),
    };
    const parameters = own(group.map(({ parameter }) => parameter));
    const buffers = own(group.flatMap(({ slots }) => slots));
    runUpdate(SGD_UPDATE, [parameters, group.map(({ gradient }) => gradient), buffers], attributes);
  };

  const update = (updates: readonly RuleUpdate[]): void => {
    if (!hasKernel(SGD_UPDATE)) for (const one of updates) tf.tidy(() => composed(one));
    else for (const group of groupsOf(updates, (one) => `${lambdaOf(one)} ${one.learningRate}`)) fused(group);
  };

  const rule: OptimizerRule = {
    name: 'sgd',
    text: `sgd(momentum ${momentum}${nesterov ? ' nesterov' : ''}, weight decay ${weightDecay})`,
    slots: momentum > 0 ? ['momentum_buffer'] : [],
    update,
  };
  return all ? decayAll(rule) : rule;
}
