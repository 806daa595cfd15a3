export { type ContactSheet, type ContactSheetOptions, contactSheet } from '@kdx/data';
export { dfDearkd, dfDearkd as default } from './df-dearkd.js';
export {
  type ImageQuality,
  type MeasureOptions,
  measurePool,
  type PoolQuality,
} from './quality/measure-pool.js';
export { type InversionOptions, type InversionProgress, invert } from './synthesis/inversion.js';
export { type InversionLoss, type InversionLossOptions, inversionLoss } from './synthesis/inversion-loss.js';
export * from './synthesis/losses/adi.js';
export * from './synthesis/losses/batch-norm-distance.js';
export * from './synthesis/losses/divergence.js';
export * from './synthesis/losses/prior.js';
export { PixelRange } from './synthesis/pixel-range.js';
export { inversionRate, type RateSchedule } from './synthesis/rate.js';
export type { NamedNetwork, SynthesisEvent, SynthesizeOptions } from './synthesis/request.js';
export {
  presetFor,
  SYNTHESIS_PRESETS,
  type SynthesisPreset,
  type SynthesisSettings,
  synthesisSettings,
} from './synthesis/settings.js';
export { synthesize } from './synthesis/synthesize.js';
export { drawView, enlarge, look, type View } from './synthesis/views.js';
