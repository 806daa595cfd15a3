export { type DeitOptions, deit, deit as default, deitOptions } from './deit.js';
export { hardDistillation, type SoftDivisor, softDistillation } from './losses.js';
