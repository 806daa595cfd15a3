import type { ForwardOptions, LayerCall } from '@kdx/core';
import { rngMissing } from '../errors.js';
import type { TapRecorder } from './tap-recorder.js';

/** What a layer of a model receives when it runs: a `LayerCall` that may record taps. */
export interface ForwardCall extends LayerCall {
  readonly taps?: TapRecorder;
}

/** The call that `options` describe. */
export const forwardCall = (options: ForwardOptions, taps?: TapRecorder): ForwardCall => ({
  training: options.training,
  taps,
  rng(purpose) {
    if (!options.rng) throw rngMissing(purpose);
    return options.rng(purpose);
  },
});
