// Whatever of these is loaded first, decorators need it.
import 'reflect-metadata';

export type {
  HostTensor,
  Initializer,
  OptimizerRule,
  Parameter,
  ParameterLayout,
  ParameterOptions,
  Rng,
  RuleUpdate,
  SafetensorsDtype,
  SafetensorsHeader,
  Scope,
  TensorInfo,
} from '@kdx/tensor';
export {
  ADAM_UPDATE,
  ADD_OVER,
  type AdamOptions,
  type AdamUpdateAttributes,
  adam,
  adamw,
  addOver,
  type Backend,
  type BackendInfo,
  type BackendNote,
  type BackendSettings,
  CLIP_GRADIENTS,
  type ClipGradientsAttributes,
  clipByGlobalNorm,
  DEFAULT_BACKEND_SETTINGS,
  decayAll,
  declareReads,
  didYouMean,
  diskShape,
  EMA_UPDATE,
  Ema,
  type EmaOptions,
  type EmaUpdateAttributes,
  endedBy,
  exportState,
  FULL_PRECISION,
  fitJson,
  fromDisk,
  fullPrecision,
  GradientAccumulator,
  type HostInputs,
  hasKernel,
  importState,
  isJsonObject,
  isKdxError,
  isTemporary,
  jsonObject,
  KdxError,
  keyedRng,
  keysAt,
  type Laid,
  lookedFor,
  makeFolder,
  makeNewFolder,
  messageOf,
  Optimizer,
  own,
  type ParameterMap,
  ParameterStore,
  type ParameterUpdate,
  type Precision,
  parseJson,
  RELU_GRAD,
  type Refusal,
  readJson,
  readSafetensors,
  readSafetensorsHeader,
  readText,
  refuseSettings,
  reluGradient,
  removeTemporaries,
  runKernel,
  runOnHost,
  type SafetensorsFile,
  type SavedReads,
  SGD_UPDATE,
  type SgdOptions,
  type SgdUpdateAttributes,
  type StoredTensor,
  sgd,
  statIfThere,
  toDisk,
  valueAndGradients,
  writeFailure,
  writeJson,
  writeSafetensors,
  writeWhole,
} from '@kdx/tensor';
export { type CutmixBox, cutmixBox, type DrawBoxOptions, drawCutmixBox } from './batch/mixing/cutmix-box.js';
export { type Mix, type MixInput, mixBatch } from './batch/mixing/mix-batch.js';
export { MIX_MODES, type MixMode, type MixOptions, mixes } from './batch/mixing/mix-options.js';
export type { RowMix } from './batch/mixing/mix-rows.js';
export { type SmoothingRule, smoothTargets } from './batch/mixing/smooth-targets.js';
export { normalizeImages } from './batch/normalize-images.js';
export { coveringKinds, type StepKind, stepKinds, teachersOf } from './check/check-clocks.js';
export {
  type ComparedNormalization,
  type CompareOptions,
  compareNormalizations,
  type NormalizationComparison,
} from './check/compare-normalizations.js';
export type { GradientNorms } from './check/gradient-norms.js';
export type { InspectedRead, InspectedTerm, StepInspection } from './check/inspect-step.js';
export { StepProbe } from './check/step-probe.js';
export type { ValueStatistics } from './check/value-statistics.js';
export { capabilitiesOf } from './compose/capabilities.js';
export { compose, type Resolvers, type RunSpec } from './compose/compose.js';
export {
  type ComposedModule,
  type ComposedTerm,
  type Composition,
  effectiveWeight,
} from './compose/composition.js';
export type { DependencyContainer } from './compose/container.js';
export { definePlugin } from './compose/define-plugin.js';
export type { SlowHook } from './compose/hook-times.js';
export {
  type NameResolution,
  type NameResolutionOptions,
  resolveNamesBy,
} from './compose/name-resolution.js';
export { checkDefinition, checkPlugin, checkPluginVersion } from './compose/plugin-shape.js';
export { teacherName } from './compose/refs.js';
export { type LoadedPlugin, type PluginSet, resolvePlugins } from './compose/resolve-plugins.js';
export { stagesOf } from './compose/stages.js';
export * from './compose/tokens.js';
export type { HostBatch } from './contracts/batch.js';
export type { DataSource, Image, Split, Transform } from './contracts/data.js';
export { HOOK_KINDS, type HookKind, type HookName, type Hooks, type PluginState } from './contracts/hook.js';
export type {
  Adaptations,
  BuildOptions,
  Feature,
  ForwardOptions,
  HeadRule,
  ImageSize,
  Model,
  ModelOutput,
  ModelRecipe,
  ModelSpec,
  Normalization,
  WeightFacts,
} from './contracts/model.js';
export type { HelperModule, LayerCall } from './contracts/module.js';
export {
  type ConfigureContext,
  PLUGIN_API_VERSION,
  type Plugin,
  type PluginContext,
  type PluginDefinition,
  type PluginFactory,
} from './contracts/plugin.js';
export type { SampledData, SampledEpoch, Sampler } from './contracts/sampler.js';
export type { Clock, Length, Schedule } from './contracts/schedule.js';
export { injectionToken, type RunRng, type Token, token } from './contracts/slot.js';
export type { RunSummary } from './contracts/summary.js';
export {
  type BalancedGroup,
  type LossBalance,
  type Ref,
  TERM_GROUPS,
  type Term,
  type TermGroup,
  type TermStep,
} from './contracts/term.js';
export { type CreateRunOptions, createRun, type Run } from './create-run.js';
export { type Chance, chanceOf } from './evaluate/chance.js';
export { type Confusion, type ConfusionCell, confusionCells } from './evaluate/confusion.js';
export { drawSample, type Sample, type SampleKind } from './evaluate/draw-sample.js';
export { type EvaluateOptions, evaluate, evaluateWithConfusion } from './evaluate/evaluate.js';
export { fuseHeads, usualHeadRule } from './evaluate/fuse-heads.js';
export { headLogits } from './evaluate/head-logits.js';
export { type MetricsOptions, StreamingMetrics } from './evaluate/metrics.js';
export { type SplitImages, splitImages } from './evaluate/split-images.js';
export { EventStream, type HeadScores, type RunEvent, type Scores } from './events/event-stream.js';
export { explainRun } from './explain/explain-run.js';
export type {
  Epochs,
  ExplainedLearner,
  ExplainedModel,
  ExplainedModule,
  ExplainedPlugin,
  ExplainedRead,
  ExplainedSymbol,
  ExplainedTerm,
  ExplainedTraining,
  Explanation,
  OverEpochs,
} from './explain/explanation.js';
export { unreadTeachers } from './explain/unread-teachers.js';
export { planOf } from './plan/plan.js';
export { planWarnings } from './plan/plan-warnings.js';
export type { RunWarning } from './plan/warning.js';
export { currentPlugin, inPlugin } from './plugin-scope.js';
export { constant } from './schedule/constant.js';
export { type CosineOptions, cosine } from './schedule/cosine.js';
export { decayEvery } from './schedule/decay-every.js';
export { lengthInEpochs } from './schedule/length.js';
export { epochsDone, type LinearOptions, linear, type Per } from './schedule/linear.js';
export { multiply } from './schedule/multiply.js';
export {
  lengthSchema,
  parseSchedule,
  type ScheduleConfig,
  scheduleSchema,
} from './schedule/parse-schedule.js';
export { type StepsOptions, steps } from './schedule/steps.js';
export { warmup } from './schedule/warmup.js';
export { optimizerOf } from './settings/from-settings.js';
export {
  optimizerSchema,
  type RunSettings,
  type RunSettingsInput,
  runSettings,
} from './settings/settings.js';
export { type Checkpoint, readCheckpoint, snapshot, writeCheckpoint } from './store/checkpoint.js';
export { EventLogReader, type LoggedEvent } from './store/event-log-reader.js';
export { followLog, type LogFollower } from './store/follow-log.js';
export { type ClaimOptions, type LockTiming, RunLock } from './store/lock/run-lock.js';
export { RunStore } from './store/run-store.js';
export { TeacherCache, type TeacherCacheOptions } from './teacher-cache/teacher-cache.js';
export { changedBatch } from './train/changed-by-hooks.js';
export { clockAt, type LoopPhase, type LoopTask, runLoop, totalSteps } from './train/loop.js';
export { planStep, type StepPlan } from './train/step-plan.js';
export { type StepInputs, type StepLoss, studentLoss } from './train/student-step.js';
export { code } from './train/tiny-run.test.helper.js';
export { Trainer } from './train/trainer.js';
export { type ExportOptions, exportStudent } from './weights/export-student.js';
export { checkFiniteModel, type NonFinite, nonFiniteIn, nonFiniteWeights } from './weights/finite-state.js';
export { compareModel, compareWeights, type WeightUse } from './weights/weight-facts.js';
