export { inheritLoss, learnEachFrom, learnFrom } from './losses.js';
export { normalizeLogits } from './normalize-logits.js';
export type { Inherit, PresetName, ShakeOptions } from './options.js';
export { type Classifier, teacherSideShadow } from './shadow/teacher-side.js';
export { shake, shake as default } from './shake.js';
