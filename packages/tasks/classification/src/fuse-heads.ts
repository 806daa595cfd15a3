import type { HeadRule, Model } from '@kdx/core';
import { didYouMean } from '@kdx/tensor';
import { checkFinite } from './check-finite.js';
import { kdxError } from './errors.js';
import { logSumExp } from './softmax.js';

/**
 * One set of logits `[B, K]` from those of all heads, by the run's head rule (spec of DeiT, sections 1.1 and 1.5):
 * - `class`, `distillation`: that head alone;
 * - `mean`: the mean of the heads' logits, what the released DeiT evaluates;
 * - `sum-softmax`: what the DeiT paper describes. The sum of the heads' softmax outputs has the same top classes as their
 *   mean; given back is its logarithm, so that cross-entropy and calibration of the result mean what they should.
 *
 * @param heads Logits by head, each `[B, K]` row by row.
 * @throws KdxError `KDX_HEAD_MISSING` when the rule needs a head that the model lacks; `KDX_NON_FINITE`.
 */
export function fuseHeads(
  rule: HeadRule,
  heads: Readonly<Record<string, Float32Array>>,
  classes: number,
): Float32Array {
  for (const [head, logits] of Object.entries(heads)) checkFinite(logits, head, classes);
  switch (rule) {
    case 'class':
    case 'distillation':
      return headOf(heads, rule);
    case 'mean':
      return meanLogits(all(heads));
    case 'sum-softmax':
      return logMeanSoftmax(all(heads), classes);
  }
}

/** How a model is scored unless a user says: as its weight file says, otherwise a distilled one by the mean of its heads. */
export const usualHeadRule = ({ spec, weights }: Model): HeadRule =>
  weights?.headRule ?? (spec.heads.includes('distillation') ? 'mean' : 'class');

function headOf(heads: Readonly<Record<string, Float32Array>>, name: 'class' | 'distillation'): Float32Array {
  if (Object.hasOwn(heads, name)) return heads[name];
  const names = Object.keys(heads);
  throw kdxError(
    'KDX_HEAD_MISSING',
    `The head rule "${name}" needs a head of that name and the model has ${names.join(', ') || 'none'}; choose another --head-rule.${didYouMean(name, names)}`,
  );
}

function all(heads: Readonly<Record<string, Float32Array>>): Float32Array[] {
  headOf(heads, 'class');
  return Object.values(heads);
}

function meanLogits(heads: readonly Float32Array[]): Float32Array {
  return heads[0].map((_, i) => heads.reduce((sum, logits) => sum + logits[i], 0) / heads.length);
}

/** log (1/H Σ_h softmax(z_h)), from logarithms throughout: a class of probability 0 in float32 stays finite. */
function logMeanSoftmax(heads: readonly Float32Array[], classes: number): Float32Array {
  const fused = new Float32Array(heads[0].length);
  const logProbabilities = new Float64Array(heads.length);
  for (let start = 0; start < fused.length; start += classes) {
    const norms = heads.map((logits) => logSumExp(logits, start, classes));
    for (let i = start; i < start + classes; i += 1) {
      for (let h = 0; h < heads.length; h += 1) logProbabilities[h] = heads[h][i] - norms[h];
      fused[i] = logSumExp(logProbabilities, 0, heads.length) - Math.log(heads.length);
    }
  }
  return fused;
}
