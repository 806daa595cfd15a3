import type { BackendInfo } from '@kdx/tensor';
import { BatchLoader } from '../batch/batch-loader.js';
import type { DataSource } from '../contracts/data.js';
import type { Model } from '../contracts/model.js';
import type { Sampler } from '../contracts/sampler.js';
import type { RunRng, Token } from '../contracts/slot.js';
import { learningRateOf, optimizerOf } from '../settings/from-settings.js';
import type { RunSettings } from '../settings/settings.js';
import type { RunContainer } from './run-container.js';
import { slotValue } from './slot-values.js';
import type { Claim } from './slots.js';
import {
  BACKEND,
  BATCH_LOADER,
  DATA_SOURCE,
  HEAD_RULE,
  LEARNING_RATE,
  LOSS_BALANCE,
  OPTIMIZER,
  RNG,
  SAMPLER,
  SETTINGS,
  STUDENT,
  TASK,
  TEACHERS,
} from './tokens.js';

/** What plugins may inject from the start. */
export function provideGiven(
  container: RunContainer,
  given: { readonly settings: RunSettings; readonly backend: BackendInfo; readonly rng: RunRng },
): void {
  container.provide(SETTINGS, given.settings);
  container.provide(BACKEND, given.backend);
  container.provide(RNG, given.rng);
}

/** What plugins may inject in `setup()`. */
export function provideBuilt(
  container: RunContainer,
  built: {
    readonly data: DataSource;
    readonly student: Model;
    readonly teachers: readonly Model[];
    readonly sampler: Sampler | undefined;
  },
): void {
  container.provide(DATA_SOURCE, built.data);
  container.provide(STUDENT, built.student);
  container.provide(TEACHERS, built.teachers);
  container.provide(SAMPLER, built.sampler);
}

/** What the settings choose, unless a plugin holds the slot; and what plugins offer each other. */
export function provideChosen(
  container: RunContainer,
  settings: RunSettings,
  held: ReadonlyMap<symbol, Claim>,
): void {
  container.provide(OPTIMIZER, optimizerOf(settings));
  container.provide(LEARNING_RATE, learningRateOf(settings));
  container.provide(LOSS_BALANCE, {});
  container.provide(HEAD_RULE, 'class');
  for (const [slot, claim] of held) {
    // Both were provided when the data was opened, as the hooks and checks left them.
    if (slot === DATA_SOURCE || slot === SAMPLER) continue;
    container.provide(slot as Token<unknown>, slotValue(slot, claim));
  }
  if (settings.headRule) container.provide(HEAD_RULE, settings.headRule);
  container.provideBy(
    BATCH_LOADER,
    () =>
      new BatchLoader({
        data: container.get(DATA_SOURCE),
        settings,
        rng: container.get(RNG),
        sampler: container.get(SAMPLER),
        task: container.get(TASK),
      }),
  );
}
