// `@kdx/run`: distillation as a library. It prints nothing and owns no process.

export type * from '@kdx/core';
export { definePlugin } from '@kdx/core';
export { decodeImage, fromArrays, resolveData } from '@kdx/data';
export {
  defineModel,
  loadWeights,
  model,
  type PredictedClass,
  type PredictImages,
  type Prediction,
  type PredictOptions,
  predict,
  saveWeights,
} from '@kdx/models';
export { isKdxError, KdxError } from '@kdx/tensor';
export type { RunConfig } from './config/run-config.js';
export { type DistillOptions, type DistillResult, distill, type PreparedRun, prepareRun } from './distill.js';
export { KDX_VERSION } from './folder/version.js';
export { type PluginHost, setPluginHost } from './plugins/plugin-host.js';
