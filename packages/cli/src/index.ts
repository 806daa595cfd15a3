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
export { type DistillOptions, type DistillResult, distill, type PreparedRun, prepareRun } from '@kdx/run';
export { isKdxError, KdxError } from '@kdx/tensor';
