import type { AttentionGeometry } from './geometry.js';
import { type AttentionResult, attentionResult, type MeasuredSubject } from './result.js';

const geometry: AttentionGeometry = { grid: [8, 8], patch: [4, 4], depth: 2, heads: 2, specialTokens: 1 };

export const measured = (
  label: string,
  distances: readonly (readonly number[])[],
  more: Partial<AttentionGeometry> = {},
): MeasuredSubject => ({
  label,
  model: 'vit',
  weights: `${label}.safetensors`,
  geometry: { ...geometry, ...more },
  distances,
});

/** Two runs of `a & b`, one of `c` with a block more, as if they had been measured. */
export const example = (
  about: Partial<Pick<AttentionResult, 'renormalize'>> = {},
  more: Partial<AttentionGeometry> = {},
): AttentionResult =>
  attentionResult(
    [
      measured('a & b', [
        [1, 3],
        [2, 2],
      ]),
      measured(
        'c',
        [
          [4, 2],
          [1, 1],
          [2.5, 3.5],
        ],
        { depth: 3, ...more },
      ),
      measured('a & b', [
        [2, 4],
        [3, 2],
      ]),
    ],
    { data: 'cifar100:DIR', split: 'test', images: 64, renormalize: false, ...about },
  );
