import { type Task, type Term } from '@kdx/core';
import { mixes } from '@kdx/core/run';
import { crossEntropy } from '@kdx/nn';
import type * as tf from '@tensorflow/tfjs';
import { chanceOf } from './chance.js';
import { classNamesMetadata } from './class-names.js';
import { ClassificationScoring } from './classification-scoring.js';
import { collate } from './collate.js';
import { compareNormalizations } from './compare-normalizations.js';
import { emptyClasses } from './empty-classes.js';

/** CE(z, ỹ) = −1/B Σ_b Σ_k ỹ_bk · log softmax(z_b)_k */
const ce: Term = {
  id: 'ce',
  group: 'task',
  reads: ['student.logits', 'targets'],
  formula: 'CE(z, ỹ)',
  compute: ({ read }) => crossEntropy(read<tf.Tensor2D>('student.logits'), read<tf.Tensor2D>('targets')),
};

/**
 * One class for each image: cross-entropy of the class head on the targets of the batch, which mixing and label smoothing have
 * made soft, scored by accuracy.
 */
export const classificationTask: Task = {
  name: 'classification',
  headline: { name: 'top1', better: 'higher' },
  scores: {
    top1: { label: 'top-1', unit: '%' },
    top5: { label: 'top-5', unit: '%', leastClasses: 6 },
    loss: { label: 'cross-entropy', digits: 3 },
    ece: { label: 'ECE', digits: 3 },
  },
  terms: [ce],
  outputs: ({ labelNames }) => labelNames.length,
  targetShape: ({ labelNames }) => [labelNames.length],
  collate,
  mixing(settings) {
    if (!mixes(settings)) return null;
    const { mixup, cutmix, mixProbability, mixSwitch, mixMode, cutmixMinmax, cutmixMargin } = settings;
    // What is not set is undefined and vanishes in JSON, so keys of runs without it stay as they were.
    return { mixup, cutmix, mixProbability, mixSwitch, mixMode, cutmixMinmax, cutmixMargin };
  },
  score: (options) => new ClassificationScoring(options),
  chance: (split, { labelNames }, images) => chanceOf(split, labelNames.length, images),
  metadata: ({ labelNames }) => classNamesMetadata(labelNames),
  warnings: emptyClasses,
  compareNormalizations,
};
