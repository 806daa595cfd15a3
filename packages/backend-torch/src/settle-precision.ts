import { type BackendNote, type BackendSettings, type Precision } from '@kdx/tensor';
import { kdxError } from './errors.js';
import type { Bridge } from './libtorch/bridge.js';
import { vectorInstructions } from './libtorch/processor.js';
import { settleChoice } from './machine/kept-choice.js';
import type { TorchChoices } from './machine/torch-choices.js';
import { type Bf16Trial, speedOfBf16, tryBf16 } from './runtime/try-bf16.js';
import { dayOf } from './settle-threads.js';

/** How much faster bf16 must be for `auto` to give up 16 of 24 bits. */
const WORTH = 1.1;

/** What products are computed in, and whether oneDNN's convolution does it in bf16. */
export interface SettledPrecision {
  readonly precision: Precision;
  readonly hasBf16Convolution: boolean;
}

/** Why this machine does not compute in bf16. */
export function whyNotBf16({ wrong }: Bf16Trial, bridge: Bridge): string {
  const instructions = vectorInstructions();
  const lacks = instructions.some((flag) => /bf16/.test(flag))
    ? ''
    : `; the processor has no instructions for bf16${instructions.length > 0 ? ` (it has ${instructions.join(', ')})` : ''}`;
  return `libtorch ${bridge.builtWith} computes bf16 wrongly on this machine: ${wrong}${lacks}`;
}

/**
 * Decides what products on the CPU are computed in. Whether bf16 is accurate is tried each time, in about a tenth of a second;
 * whether it is faster is measured once and kept, so that `auto` always decides the same.
 * @throws KdxError `KDX_BACKEND_PRECISION` for bf16 that was asked for and that this machine computes wrongly
 */
export async function settlePrecision(
  bridge: Bridge,
  choices: TorchChoices,
  asked: BackendSettings['precision'],
  note: BackendNote,
): Promise<SettledPrecision> {
  const inFloat32 = { precision: 'float32', hasBf16Convolution: false } as const;
  if (asked === 'float32') return inFloat32;
  const trial = tryBf16(bridge);
  if (trial.wrong !== '') {
    const why = whyNotBf16(trial, bridge);
    if (asked === 'auto') {
      note(`precision float32, since ${why}`);
      return inFloat32;
    }
    throw kdxError(
      'KDX_BACKEND_PRECISION',
      `${why}; take --precision float32, or a machine with AVX512-BF16 or AMX.`,
    );
  }
  const speed = await settleChoice(choices.bf16Speed, () => speedOfBf16(bridge));
  const text = `${speed.value} times as fast as float32, measured on this machine on ${dayOf(speed)}`;
  if (asked === 'auto' && speed.value < WORTH) {
    note(`precision float32: bf16 is ${text}`);
    return inFloat32;
  }
  if (asked === 'auto') note(`precision bf16: ${text}`);
  else if (speed.value < 1) note(`bf16 is ${text}: --precision float32 is faster`);
  return { precision: 'bf16', hasBf16Convolution: trial.hasConvolution };
}
