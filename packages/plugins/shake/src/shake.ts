import { definePlugin, type ModelRecipe, type Plugin, type Ref, type TermStep } from '@kdx/core';
import { crossEntropy } from '@kdx/nn';
import { deit } from '@kdx/plugin-deit';
import { type KdxError } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import { kdxError } from './errors.js';
import { inheritLoss, learnFrom } from './losses.js';
import { normalizeLogits } from './normalize-logits.js';
import { type Inherit, presetOf, settle, shakeOptions } from './options.js';
import { shadowsOf } from './shadow/shadows.js';

/**
 * SHAKE (Li and Jin, "Shadow Knowledge Distillation: Bridging Offline and Online Knowledge Transfer", NeurIPS 2022). A shadow
 * head h inherits from the frozen teacher t, learns from the student s (reversed distillation) and teaches it:
 *
 *     L = γ·CE(s, ỹ) + β·{ λ·[ KL_τ(s ← sg h) + KL_τ(h ← sg s) ] + inherit(h, t) + CE(h, ỹ) } + α·KL_τ(s ← t)
 *
 * with `KL_τ(a ← b) = τ²·KL(b ‖ a)` and a weight of its own for each term in the braces. The preset chooses the head's place
 * and the terms. Several teachers have a shadow each and count equally. No shadow is exported with the student.
 */
export const shake = definePlugin({
  name: 'shake',
  version: '0.1.0',
  kdx: '^1.1.0',
  summary: 'SHAKE: a shadow of the teacher learns from the student and teaches it',
  requires: ['teacher'],
  options: shakeOptions,
  brings(options, { student }) {
    if (presetOf(options, takesToken(student)) !== 'deit') return [];
    if (student && !takesToken(student)) throw noToken(student.name);
    return [inheritByToken(options)];
  },
  configure(ctx, options) {
    // brings() cannot see a student whose name only a plugin can resolve.
    if (options.preset === undefined && takesToken(ctx.student) && !ctx.has('plugin:deit')) {
      throw deitMissing(ctx.student.name);
    }
  },
  setup(ctx, given) {
    const hasToken = ctx.student.spec.heads.includes('distillation');
    if (hasToken && given.preset === undefined && !ctx.has('plugin:deit'))
      throw deitMissing(ctx.student.spec.name);
    const options = settle(given, hasToken);
    const { temperature, logitNorm, alpha, gamma, weights } = options;
    if (options.site === 'token') {
      if (!hasToken) throw noToken(ctx.student.spec.name);
      ctx.headRule('class');
    }
    const shadows = shadowsOf(ctx, options);
    const share = 1 / shadows.length;

    const N = (logits: string): string => (logitNorm === false ? logits : `N(${logits})`);
    const softness = `τ=${temperature}`;
    const where = logitNorm === false ? softness : `${softness}, N = ${logitNorm}·LayerNorm`;
    const logits = ({ read }: TermStep, ref: Ref): tf.Tensor2D => {
      const raw = read<tf.Tensor2D>(ref);
      return logitNorm === false ? raw : normalizeLogits(raw, logitNorm);
    };
    const s: Ref = 'student.logits';
    const [student, shadow] = options.site === 'token' ? ['z_c', 'z_d'] : ['s', 'h'];

    if (logitNorm !== false || gamma !== 1) {
      const how = logitNorm !== false ? 'by normalised logits' : 'with the weight γ';
      ctx.supersede('task', `the student learns the ground truth ${how}`);
      ctx.addTerm({
        id: 'ce',
        group: 'task',
        weight: gamma,
        reads: [s, 'targets'],
        formula: `CE(${N(student)}, ỹ)`,
        compute: (step) => crossEntropy(logits(step, s), step.read<tf.Tensor2D>('targets')),
      });
    }
    for (const { suffix, ref: h, teacher: t, trains } of shadows) {
      if (weights.forward > 0) {
        ctx.addTerm({
          id: `forward${suffix}`,
          group: 'mutual',
          weight: weights.forward * share,
          reads: [s, h],
          trains: ['student'],
          formula: `τ²·KL(sg ${N(shadow + suffix)} ‖ ${N(student)}), ${where}`,
          compute: (step) => learnFrom(logits(step, s), logits(step, h), temperature),
        });
      }
      if (weights.reverse > 0) {
        ctx.addTerm({
          id: `reverse${suffix}`,
          group: 'mutual',
          weight: weights.reverse * share,
          reads: [s, h],
          trains,
          formula: `τ²·KL(sg ${N(student)} ‖ ${N(shadow + suffix)}), ${where}`,
          compute: (step) => learnFrom(logits(step, h), logits(step, s), temperature),
        });
      }
      // On a token `deit/kd` is the inheritance.
      const { inherit } = options;
      if (inherit && options.site !== 'token' && weights.inherit > 0) {
        ctx.addTerm({
          id: `inherit${suffix}`,
          group: 'aux',
          weight: weights.inherit * share,
          reads: [h, t],
          trains,
          formula: inheritFormula(inherit, N(shadow + suffix), N(`t${suffix}`), where),
          compute: (step) => inheritLoss(inherit, logits(step, h), logits(step, t), temperature),
        });
      }
      if (weights.shadowCe > 0) {
        ctx.addTerm({
          id: `shadow-ce${suffix}`,
          group: 'aux',
          weight: weights.shadowCe * share,
          reads: [h, 'targets'],
          trains,
          formula: `CE(${N(shadow + suffix)}, ỹ)`,
          compute: (step) => crossEntropy(logits(step, h), step.read<tf.Tensor2D>('targets')),
        });
      }
      if (alpha > 0) {
        ctx.addTerm({
          id: `kd${suffix}`,
          group: 'distill',
          weight: alpha * share,
          reads: [s, t],
          formula: `τ²·KL(${N(`t${suffix}`)} ‖ ${N(student)}), ${where}`,
          compute: (step) => learnFrom(logits(step, s), logits(step, t), temperature),
        });
      }
    }
  },
});

const takesToken = (student: ModelRecipe | undefined): boolean =>
  student?.supports.includes('distillation-token') ?? false;

/** `deit/kd` on the distillation token, by what the shadow inherits. */
function inheritByToken({ inherit, temperature }: z.output<typeof shakeOptions>): Plugin {
  switch (inherit) {
    case undefined:
      return deit();
    case 'hard':
      return deit({ type: 'hard' });
    case 'kl':
      return deit({ type: 'soft', alpha: 0.5, temperature, divisor: 'batchmean' });
    case 'mse':
      throw kdxError(
        'KDX_SHAKE_INHERIT',
        `Plugin "shake": a distillation token inherits the teacher's decision or its distribution, not its logits; use --plugins 'shake:{"inherit":"hard"}' or "kl".`,
      );
  }
}

const inheritFormula = (kind: Inherit, h: string, t: string, softened: string): string =>
  ({
    mse: `MSE(${h}, ${t})`,
    kl: `τ²·KL(${t} ‖ ${h}), ${softened}`,
    hard: `CE(${h}, argmax t)`,
  })[kind];

const noToken = (student: string): KdxError =>
  kdxError(
    'KDX_SHAKE_TOKEN',
    `Plugin "shake": ${student} has no distillation head that could be the shadow (deit's option classical leaves it out); put the shadow on the teacher or on the student's backbone with --plugins 'shake:{"preset":"official"}' or "submission".`,
  );

const deitMissing = (student: string): KdxError =>
  kdxError(
    'KDX_SHAKE_TOKEN',
    `Plugin "shake": the distillation head of ${student} would be the shadow, and the run lacks deit, by which it inherits from the teacher; name it with --plugins deit,shake, or put the shadow elsewhere with --plugins 'shake:{"preset":"official"}'.`,
  );
