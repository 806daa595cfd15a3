import { cutmixAlpha, type MixOptions } from '@kdx/core/run';
import type { Rng } from '@kdx/tensor';

export type MixKind = 'none' | 'mixup' | 'cutmix';

/** How the next batch, pair or image is mixed, and α of its λ; two draws. */
export function chooseMix(options: MixOptions, rng: Rng): { kind: MixKind; alpha: number } {
  const { mixup, probability, switchProbability } = options;
  const cutmix = cutmixAlpha(options);
  const mixed = rng.uniform() < probability;
  const boxed = rng.uniform() < (mixup > 0 ? switchProbability : 1);
  if (!mixed || (mixup <= 0 && cutmix <= 0)) return { kind: 'none', alpha: 0 };
  return boxed && cutmix > 0 ? { kind: 'cutmix', alpha: cutmix } : { kind: 'mixup', alpha: mixup };
}
