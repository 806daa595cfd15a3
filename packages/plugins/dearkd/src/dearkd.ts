import { definePlugin, type PluginContext, type Ref } from '@kdx/core';
import { meanSquaredError } from '@kdx/nn';
import { deit } from '@kdx/plugin-deit';
import { type KdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from './errors.js';
import { aligner } from './hidden/aligner.js';
import { pairsOf } from './hidden/pairs.js';
import { normalizedTarget } from './hidden/target.js';
import { type DearkdSettings, dearkdOptions, mhcaOf } from './options.js';
import { fading, rest, stages } from './stages.js';

/**
 * DearKD (Chen et al., "DearKD: Data-Efficient Early Knowledge Distillation for Vision Transformers", CVPR 2022). In the first
 * stage an early block learns to be an early stage of a CNN and the distillation token learns its decision; in the second the
 * transformer learns alone:
 *
 *     L = α(e) · CE(z_c, ỹ) + (1 − α(e)) · CE(z_d, argmax t) + β(e) · MSE(aligner(block K), stage)
 *
 * Its first K blocks attend by content and position (MHCA). No public implementation is known. This package's README
 * lists what is known, reconstructed and chosen.
 */
export const dearkd = definePlugin({
  name: 'dearkd',
  version: '0.1.0',
  kdx: '^1.1.0',
  summary: 'DearKD: early blocks learn from a CNN’s early stages, then the transformer goes on alone',
  requires: ['teacher'],
  options: dearkdOptions,
  brings: () => [deit()],
  configure(ctx, options) {
    const mhca = mhcaOf(options);
    if (!mhca) return;
    if (!ctx.student.supports.includes('convolutional-attention')) throw noPlaceForMhca(ctx.student.name);
    ctx.adaptStudent('convolutional-attention', mhca);
  },
  setup(ctx, options) {
    const { end, alpha, beta } = stages(ctx.epochs, options);
    ctx.balance({ task: alpha, distill: rest(alpha), mutual: fading(alpha, options.alpha), hint: beta });
    // Without a teacher the token's head falls behind while the backbone moves on.
    if (options.stage2 === 'ce-only' && end < ctx.epochs) ctx.headRule('class');
    if (options.hidden !== false) addHidden(ctx, { ...options, hidden: options.hidden, end });
  },
});

interface Hidden extends Pick<DearkdSettings, 'normalize'> {
  readonly hidden: Exclude<DearkdSettings['hidden'], false>;
  readonly end: number;
}

function addHidden(ctx: PluginContext, { hidden, normalize, end }: Hidden): void {
  const pairs = pairsOf(ctx, hidden).map(({ student, teacher }, index) => {
    const suffix = index === 0 ? '' : String(index + 1);
    const aligned: Ref = ctx.addModule(
      `aligner${suffix}`,
      aligner(student.ref, student.grid, teacher.shape, end),
    );
    const target: Ref =
      normalize === 'none' ? teacher.ref : ctx.addModule(`target${suffix}`, normalizedTarget(teacher.ref));
    return { student, teacher, aligned, target };
  });
  const F = normalize === 'none' ? '' : 'norm ';
  ctx.addTerm({
    id: 'hidden',
    group: 'hint',
    reads: pairs.flatMap(({ aligned, target }) => [aligned, target]),
    trains: ['student', ...pairs.map(({ aligned }) => aligned)],
    formula: pairs
      .map(({ student, teacher }) => `MSE(align ${student.path}, ${F}${teacher.ref})`)
      .join(' + ')
      .replace(/^(.* \+ .*)$/, `1/${pairs.length} · ($1)`),
    compute: ({ read }) => {
      const losses = pairs.map(({ aligned, target }) => meanSquaredError(read(aligned), read(target)));
      return tf.div<tf.Scalar>(tf.addN(losses), losses.length);
    },
  });
}

const noPlaceForMhca = (student: string): KdxError =>
  kdxError(
    'KDX_ADAPT_UNSUPPORTED',
    `"${student}" has no place for the convolutional attention of plugin "dearkd"; leave it out with --plugins 'dearkd:{"mhca":false}', or choose a ViT such as "deit_tiny_patch16_224".`,
  );
