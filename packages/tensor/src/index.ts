export { reluGradient } from './autodiff/relu-gradient.js';
export { declareReads, type SavedReads } from './autodiff/saved-reads.js';
export { valueAndGradients } from './autodiff/value-and-gradients.js';
export { addOver } from './backend/add-over.js';
export {
  type Backend,
  type BackendInfo,
  type BackendNote,
  type BackendSettings,
  DEFAULT_BACKEND_SETTINGS,
  type Precision,
} from './backend/backend.js';
export { fullPrecision } from './backend/full-precision.js';
export { hasKernel, runKernel } from './backend/fused.js';
export { refuseSettings } from './backend/refuse-settings.js';
export { type HostInputs, runOnHost } from './backend/run-on-host.js';
export { type ErrorFacts, type ErrorTable, errorMaker } from './errors/define-errors.js';
export { didYouMean } from './errors/did-you-mean.js';
export { endedBy } from './errors/ended-by.js';
export { type Exit, isKdxError, KdxError, messageOf } from './errors/kdx-error.js';
export { keysAt } from './errors/keys-at.js';
export { lookedFor } from './errors/looked-for.js';
export { makeFolder, makeNewFolder } from './files/make-folder.js';
export { statIfThere } from './files/stat-if-there.js';
export { isTemporary, removeTemporaries, temporaryFor } from './files/temporary-file.js';
export { writeFailure } from './files/write-failure.js';
export { writeJson, writeWhole } from './files/write-whole.js';
export { isJsonObject, parseJson } from './json/parse-json.js';
export { fitJson, jsonObject, type Refusal, readJson } from './json/read-json.js';
export { readText } from './json/read-text.js';
export {
  ADAM_UPDATE,
  ADD_OVER,
  type AdamUpdateAttributes,
  CLIP_GRADIENTS,
  type ClipGradientsAttributes,
  EMA_UPDATE,
  type EmaUpdateAttributes,
  FULL_PRECISION,
  type GroupedConvAttributes,
  KDX_KERNELS,
  type KdxKernels,
  RELU_GRAD,
  SGD_UPDATE,
  type SgdUpdateAttributes,
} from './kernels/contract.js';
export { GradientAccumulator } from './optim/accumulate.js';
export { type AdamOptions, adam, adamw } from './optim/adam.js';
export { clipByGlobalNorm } from './optim/clip.js';
export { decayAll } from './optim/decay-all.js';
export { Ema, type EmaOptions, emaDecay } from './optim/ema.js';
export { own } from './optim/fused-updates.js';
export { Optimizer, type ParameterUpdate } from './optim/optimizer.js';
export type { OptimizerRule, RuleUpdate } from './optim/rule.js';
export { type SgdOptions, sgd } from './optim/sgd.js';
export type {
  Initializer,
  Parameter,
  ParameterLayout,
  ParameterOptions,
  Rng,
  Scope,
} from './parameters/parameter.js';
export { ParameterStore } from './parameters/store.js';
export { keyedRng } from './random/keyed-rng.js';
export type { HostTensor } from './weights/host-tensor.js';
export { diskShape, fromDisk, type Laid, toDisk } from './weights/layout.js';
export type { SafetensorsDtype, SafetensorsHeader, TensorInfo } from './weights/safetensors-header.js';
export {
  readSafetensors,
  readSafetensorsHeader,
  type SafetensorsFile,
  type StoredTensor,
} from './weights/safetensors-reader.js';
export { writeSafetensors } from './weights/safetensors-writer.js';
export { exportState, importState, type ParameterMap } from './weights/state.js';
