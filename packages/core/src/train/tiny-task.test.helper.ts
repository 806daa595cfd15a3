import type * as tfTypes from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';
import type { CollatedBatch, HeadScores, Scoring, Task, Term } from '../index.js';
import { mixes } from '../run.js';

export const crossEntropy = (logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar =>
  tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));

const ce: Term = {
  id: 'ce',
  group: 'task',
  reads: ['student.logits', 'targets'],
  compute: ({ read }) =>
    crossEntropy(read<tfTypes.Tensor2D>('student.logits'), read<tfTypes.Tensor2D>('targets')),
};

/** One-hot targets; with the setting `mixup` the whole batch is blended with its reverse by a drawn share. */
function collate({ images, labels, data, settings, rng }: CollatedBatch): Float32Array {
  const K = data.labelNames.length;
  const targets = Float32Array.from({ length: labels.length * K }, (_, i) =>
    Number(labels[Math.floor(i / K)] === i % K),
  );
  if (!mixes(settings)) return targets;
  const draw = rng('mix');
  if (draw.uniform() >= settings.mixProbability) return targets;
  const share = draw.uniform();
  for (const values of [images, targets]) {
    const row = values.length / labels.length;
    const before = values.slice();
    for (let i = 0; i < values.length; i++) {
      const partner = labels.length - 1 - Math.floor(i / row);
      values[i] = share * before[i] + (1 - share) * before[partner * row + (i % row)];
    }
  }
  return targets;
}

/** Share of right answers in percent, and the mean cross-entropy, of every head. */
class TinyScoring implements Scoring {
  readonly #sums = new Map<string, { images: number; right: number; loss: number }>();

  constructor(
    readonly classes: number,
    readonly picked: string,
  ) {}

  add(outputs: Readonly<Record<string, Float32Array>>, labels: ArrayLike<number>): void {
    const heads = Object.entries(outputs);
    const fused =
      outputs[this.picked] ??
      outputs.class.map((_, i) => heads.reduce((s, [, z]) => s + z[i], 0) / heads.length);
    for (const [head, logits] of [...heads, ['fused', fused] as const]) {
      const sum = this.#sums.get(head) ?? { images: 0, right: 0, loss: 0 };
      this.#sums.set(head, sum);
      for (let b = 0; b < labels.length; b++) {
        const z = [...logits.subarray(b * this.classes, (b + 1) * this.classes)];
        if (!z.every(Number.isFinite)) throw kdxError('KDX_NON_FINITE', `Head "${head}" gives ${z}.`);
        const norm = Math.log(z.reduce((total, each) => total + Math.exp(each), 0));
        sum.images += 1;
        sum.right += Number(z.indexOf(Math.max(...z)) === labels[b]);
        sum.loss += norm - z[labels[b]];
      }
    }
  }

  result(): HeadScores {
    return Object.fromEntries(
      [...this.#sums].map(([head, { images, right, loss }]) => [
        head,
        { images, top1: (100 * right) / images, loss: loss / images },
      ]),
    ) as unknown as HeadScores;
  }

  details = ({ split, weights }: { split: string; weights: string }) => ({
    tally: { split, weights, right: this.#sums.get('fused')?.right },
  });
}

/** A task of classes, as small as tests of the engine need it. */
export const tinyTask: Task = {
  name: 'tiny',
  headline: { name: 'top1', better: 'higher' },
  scores: { top1: { label: 'top-1', unit: '%' }, loss: { label: 'loss' } },
  terms: [ce],
  outputs: ({ labelNames }) => labelNames.length,
  targetShape: ({ labelNames }) => [labelNames.length],
  collate,
  mixing: (settings) => (mixes(settings) ? { mixup: settings.mixup } : null),
  score: ({ model, headRule = 'class' }) => new TinyScoring(model.spec.classes, headRule),
  chance(_, { labelNames }, images) {
    const p = 1 / labelNames.length;
    const limit = 100 * (p + 3 * Math.sqrt((p * (1 - p)) / images));
    return { score: 100 * p, limit, text: `chance is ${(100 * p).toFixed(1)} %` };
  },
};
