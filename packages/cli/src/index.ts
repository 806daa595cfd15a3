export type * from '@kdx/core';
export { definePlugin, isKdxError, KdxError } from '@kdx/core';
export { fromArrays, resolveData } from '@kdx/data';
export { defineModel, loadWeights, model, saveWeights } from '@kdx/models';
export { type DistillOptions, type DistillResult, distill, type PreparedRun, prepareRun } from './distill.js';
