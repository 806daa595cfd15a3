export { type Halves, halvesByRank, halvesByScore, ranksOf } from './halves.js';
export { interLoss } from './inter-loss.js';
export { intraLoss } from './intra-loss.js';
export type { TfFdOptions } from './options.js';
export { entropy, type HostScore, hrank } from './salience/host-scores.js';
export { lp, mean, released, type Score, scale } from './salience/scores.js';
export { tfFd, tfFd as default } from './tf-fd.js';
