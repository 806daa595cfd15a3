import type { Precision } from '@kdx/tensor';
import type { BuildRecord } from '../libtorch/build-record.js';
import { cacheFolder, thisHost } from '../libtorch/host.js';
import { isThreadChoice, type ThreadChoice } from '../runtime/choose-threads.js';
import { usableCores } from './cores.js';
import type { ChoiceOf } from './kept-choice.js';
import { machineKey } from './machine-key.js';

/** What this machine chooses once and keeps, by what it is of. */
export interface TorchChoices {
  /** How many threads compute fastest in a precision. */
  threads(precision: Precision): ChoiceOf<ThreadChoice>;
  /** How many times as fast as float32 bf16 is. */
  readonly bf16Speed: ChoiceOf<number>;
}

/** Changes with what is measured: another work may have another answer. */
const WORK = 'transformer block and convolution 1';

/** The choices of this machine for a bridge. */
export function torchChoices(
  record: BuildRecord,
  folder = cacheFolder(thisHost()),
  env = process.env,
): TorchChoices {
  const key = { ...machineKey(record, env), work: WORK };
  return {
    threads: (precision) => ({
      folder,
      what: 'threads',
      key: { ...key, precision },
      isValid: isThreadChoice(usableCores()),
    }),
    bf16Speed: {
      folder,
      what: 'bf16-speed',
      key,
      isValid: (value): value is number => typeof value === 'number' && value > 0 && Number.isFinite(value),
    },
  };
}
