export { chanceOf } from './chance.js';
export { CLASS_NAMES_KEY, classNamesMetadata } from './class-names.js';
export { classification, classification as default } from './classification.js';
export { classificationTask } from './classification-task.js';
export { compareNormalizations } from './compare-normalizations.js';
export type { Confusion, ConfusionCell } from './confusion.js';
export { evaluate, evaluateWithConfusion } from './evaluate.js';
export { fuseHeads, usualHeadRule } from './fuse-heads.js';
export { StreamingMetrics } from './metrics.js';
