export { dearkd, dearkd as default } from './dearkd.js';
export { aligner } from './hidden/aligner.js';
export { normalizedTarget } from './hidden/target.js';
export type { DearkdOptions } from './options.js';
export { type StageOptions, type Stages, stages } from './stages.js';
