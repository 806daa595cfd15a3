import type { KdxError } from '@kdx/tensor';
import type { Clock } from '../contracts/schedule.js';
import type { RunStorage } from '../contracts/storage.js';
import { blameGradient } from './blame-gradient.js';
import { describeLostWeights, describeNonFinite } from './describe-non-finite.js';
import { clockAt } from './loop.js';
import { type TrainingParts, trainingLoop } from './step.js';
import { NonFiniteLoss } from './step-metrics.js';

/**
 * A loss or weight that is not finite, with what made it so: an image, a hook, a term's gradient, or the settings.
 * @param step optimiser steps done
 */
export async function explainNonFinite(
  error: KdxError,
  step: number,
  { parts, store }: { readonly parts: TrainingParts; readonly store: RunStorage | undefined },
): Promise<KdxError> {
  const { composition, loader } = parts;
  const checkpoint = store?.hasCheckpoint('last') ? store.checkpoint('last') : undefined;
  // Logits of a cache would hide what the teacher gives now.
  const loop = trainingLoop({ ...parts, cache: undefined });
  const { phases } = loop;
  const blame = (clock: Clock) => blameGradient({ composition, loop, clock, checkpoint });
  if (error instanceof NonFiniteLoss)
    return describeNonFinite(error, { loader, composition, phases, checkpoint, blame });
  if (step === 0) return error;
  const clock = clockAt(phases, step - 1);
  return (await describeLostWeights(error, { clock, checkpoint, blame })) ?? error;
}
