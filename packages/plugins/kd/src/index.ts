export { type KdOptions, kd, kd as default, kdOptions } from './kd.js';
export { logitsLoss } from './logits-loss.js';
