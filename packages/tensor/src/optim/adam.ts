import * as tf from '@tensorflow/tfjs';
import { hasKernel } from '../backend/fused.js';
import { ADAM_UPDATE, type AdamUpdateAttributes } from '../kernels/contract.js';
import { checkOption } from './check-option.js';
import { decayAll } from './decay-all.js';
import { groupsOf, own, runUpdate } from './fused-updates.js';
import type { OptimizerRule, RuleUpdate } from './rule.js';

export interface AdamOptions {
  /** Each in [0, 1). Default `[0.9, 0.999]`. */
  readonly betas?: readonly [number, number];
  /** Added outside the root. Default 1e-8. */
  readonly eps?: number;
  /** Default 0 for Adam, 0.01 for AdamW, as in PyTorch. */
  readonly weightDecay?: number;
  /** Whether norms and biases decay too; see {@link decayAll}. Default false. */
  readonly decayAll?: boolean;
}

/**
 * Adam with PyTorch's equations; weight decay is an L2 term of the gradient:
 *
 *     g ← g + λ p
 *     m ← β₁ m + (1 − β₁) g        v ← β₂ v + (1 − β₂) g²
 *     p ← p − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 *
 * @throws KdxError `KDX_OPTIMIZER_INVALID`.
 */
export const adam = (options: AdamOptions = {}): OptimizerRule =>
  decaying(options, adamRule('adam', { weightDecay: 0, ...options }));

/**
 * AdamW (Loshchilov and Hutter): {@link adam} with decoupled decay, `p ← (1 − ηλ) p` before the step and no L2 term.
 * @throws KdxError `KDX_OPTIMIZER_INVALID`.
 */
export const adamw = (options: AdamOptions = {}): OptimizerRule =>
  decaying(options, adamRule('adamw', { weightDecay: 0.01, ...options }));

const decaying = ({ decayAll: all = false }: AdamOptions, rule: OptimizerRule): OptimizerRule =>
  all ? decayAll(rule) : rule;

function adamRule(
  name: 'adam' | 'adamw',
  { betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 }: AdamOptions,
): OptimizerRule {
  const [beta1, beta2] = betas;
  checkOption(
    name,
    'betas',
    betas,
    [beta1, beta2].every((beta) => beta >= 0 && beta < 1),
    'two numbers in [0, 1)',
  );
  checkOption(name, 'eps', eps, eps >= 0, 'a number ≥ 0');
  checkOption(name, 'weightDecay', weightDecay, weightDecay >= 0, 'a number ≥ 0');
  const decoupled = name === 'adamw';

  const lambdaOf = ({ decay }: RuleUpdate) => (decay ? weightDecay : 0);

  const composed = (update: RuleUpdate): void => {
    const { parameter, gradient, slots, step, learningRate } = update;
    const [expAvg, expAvgSq] = slots;
    const lambda = lambdaOf(update);
    const g = lambda === 0 || decoupled ? gradient : tf.add(gradient, tf.mul(parameter, lambda));
    const p = lambda === 0 || !decoupled ? parameter : tf.mul(parameter, 1 - learningRate * lambda);
    expAvg.assign(tf.add(tf.mul(expAvg, beta1), tf.mul(g, 1 - beta1)));
    expAvgSq.assign(tf.add(tf.mul(expAvgSq, beta2), tf.mul(tf.square(g), 1 - beta2)));
    // On the host, in double precision: 1 − β₂ᵗ is 0.001 at first and would lose digits in float32.
    const stepSize = learningRate / (1 - beta1 ** step);
    const rootCorrection = Math.sqrt(1 - beta2 ** step);
    const denominator = tf.add(tf.div(tf.sqrt(expAvgSq), rootCorrection), eps);
    parameter.assign(tf.sub(p, tf.mul(tf.div(expAvg, denominator), stepSize)));
  };

  const fused = (group: readonly RuleUpdate[]): void => {
    const [{ learningRate, step }] = group;
    const attributes: Omit<AdamUpdateAttributes, 'count'> = {
      learningRate,
      beta1,
      beta2,
      eps,
      weightDecay: lambdaOf(group[0]),
      decoupled,
      step,
    };
    const [parameters, expAvgs, expAvgSqs] = [
      group.map(({ parameter }) => parameter),
      group.map(({ slots }) => slots[0]),
      group.map(({ slots }) => slots[1]),
    ].map(own);
    const gradients = group.map(({ gradient }) => gradient);
    runUpdate(ADAM_UPDATE, [parameters, gradients, expAvgs, expAvgSqs], attributes);
  };

  const keyOf = (one: RuleUpdate) => `${lambdaOf(one)} ${one.step} ${one.learningRate}`;
  const update = (updates: readonly RuleUpdate[]): void => {
    if (!hasKernel(ADAM_UPDATE)) for (const one of updates) tf.tidy(() => composed(one));
    else for (const group of groupsOf(updates, keyOf)) fused(group);
  };

  return {
    name,
    text: `${name}(betas ${beta1}, ${beta2}, weight decay ${weightDecay})`,
    slots: ['exp_avg', 'exp_avg_sq'],
    update,
  };
}
