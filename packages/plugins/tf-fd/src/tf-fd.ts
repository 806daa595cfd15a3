import { definePlugin } from '@kdx/core';
import { layerPairs, toMaps } from '@kdx/distill-ops';
import { klDivergence } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from './errors.js';
import { interLoss } from './inter-loss.js';
import { intraLoss } from './intra-loss.js';
import { checkPairs, type FdLayer, fdLayers } from './layers.js';
import { type TfFdSettings, tfFdOptions } from './options.js';
import { onHost, type Ranking, RankOnHost, rankEveryStep, readBack } from './ranking.js';
import { entropy, hrank } from './salience/host-scores.js';
import { lp, mean, released, type Score, scale } from './salience/scores.js';
import { weight } from './weight.js';

/**
 * Teacher-free feature distillation (Li, "Self-Regulated Feature Learning via Teacher-free Feature Distillation", ECCV 2022).
 * Salient channels teach redundant ones of their layer, deeper layers teach shallower ones:
 *
 *     L = CE(z, ỹ) + w(e) · [ λ_intra · L_intra + λ_inter · L_inter ]
 *     L_intra = 1/L · Σ_i mean (φ_i[π_r] − φ_i[π_{r+k}])²,   k = ⌊C_i/2⌋, π by salience
 *     L_inter = 1/m · Σ_{i<j} mean (pool(φ_i)[:c] − sg(φ_j)[:c])²,   c = min(C_i, C_j)
 *     w(e) = min(1, e/W), e from 1
 *
 * Tf-FD† (`dagger`) adds w(e) · λ_kd · τ²·KL(t ‖ z). Nothing is added to the student, and without † no teacher is run.
 */
export const tfFd = definePlugin({
  name: 'tf-fd',
  version: '0.1.0',
  kdx: '^1.1.0',
  summary: 'Tf-FD: a student’s own salient channels and deeper layers teach the others; no teacher needed',
  requires: ({ dagger }) => (dagger ? ['teacher'] : []),
  conflicts: ({ dagger }) => (dagger ? ['plugin:kd'] : []),
  options: tfFdOptions,
  setup(ctx, options) {
    const { intra, inter, dagger } = options;
    const layers = fdLayers(ctx, options.layers);
    const reads = layers.map(({ ref }) => ref);
    const names = layers.map(({ path }) => path).join(', ');
    const scheduled = (symbol: string, lambda: number) => weight(symbol, lambda, options, ctx.epochs);

    if (intra > 0) {
      const rankings = layers.map((layer) => rankingOf(layer, options));
      ctx.addTerm({
        id: 'intra',
        group: 'aux',
        weight: scheduled('w_intra', intra),
        reads,
        formula: `MSE(${options.stopGradient ? 'sg(salient)' : 'salient'}, redundant channels) of ${names}; salience ${options.score}`,
        compute: ({ read, clock }) => {
          const losses = layers.map((layer, i) => {
            const maps = toMaps(read(layer.ref), layer);
            return intraLoss(maps, rankings[i].halves(maps, clock.step), options.stopGradient);
          });
          return tf.div<tf.Scalar>(tf.addN(losses), losses.length);
        },
      });
      // Only ranks that are kept on the host outlive a step.
      ctx.hook('save', (state) => {
        const ranks = rankings.map(({ ranks }) => ranks ?? null);
        if (ranks.some((kept) => kept !== null)) state.ranks = ranks;
      });
      ctx.hook('load', ({ ranks }) => {
        (ranks as (number[] | null)[] | undefined)?.forEach((kept, i) => {
          rankings[i].ranks = kept ?? undefined;
        });
      });
    }

    if (inter > 0) {
      checkPairs(layers);
      const pairs = layerPairs(layers.length, options.pairs);
      ctx.addTerm({
        id: 'inter',
        group: 'aux',
        weight: scheduled('w_inter', inter),
        reads,
        formula: `MSE(pool(φ_i), sg(φ_j)) over ${options.pairs === 'all' ? 'all' : 'neighbouring'} pairs i < j of ${names}`,
        compute: ({ read }) => {
          const maps = layers.map((layer) => toMaps(read(layer.ref), layer));
          const losses = pairs.map(([i, j]) => interLoss(maps[i], maps[j]));
          return tf.div<tf.Scalar>(tf.addN(losses), losses.length);
        },
      });
    }

    if (dagger) {
      const { temperature = 4, kd = 1 } = options;
      ctx.addTerm({
        id: 'kd',
        group: 'distill',
        weight: scheduled('w_kd', kd),
        reads: ['student.logits', 'teacher.logits'],
        formula: `τ²·KL(t ‖ z), τ=${temperature}`,
        compute: ({ read }) =>
          klDivergence(read<tf.Tensor2D>('student.logits'), read<tf.Tensor2D>('teacher.logits'), {
            temperature,
          }),
      });
    }
  },
});

function rankingOf(layer: FdLayer, { score, p, bins, images, refresh }: TfFdSettings): Ranking {
  if (score === 'entropy') return new RankOnHost(onHost(entropy(bins)), refresh);
  if (score === 'hrank') return new RankOnHost(onHost(hrank(images)), refresh);
  const onDevice: Score =
    score === 'code' ? released : score === 'lp' ? lp(p) : score === 'mean' ? mean : scaleOf(layer);
  return refresh === 1 ? rankEveryStep(onDevice) : new RankOnHost(readBack(onDevice), refresh);
}

/** @throws KdxError `KDX_TF_FD_SCALE` for a layer without a known batch norm that scales its channels */
function scaleOf({ path, scale: parameter }: FdLayer): Score {
  if (parameter) return scale(parameter.variable);
  throw kdxError(
    'KDX_TF_FD_SCALE',
    `Plugin "tf-fd": the score bn needs a stage's output, whose channels one batch norm scales, and knows none of ${path}; choose another score, e.g. --plugins 'tf-fd:{"score":"lp"}'.`,
  );
}
