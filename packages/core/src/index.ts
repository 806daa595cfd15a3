// `@kdx/core`: what authors of plugins, models and data sources use.

// Whatever of these is loaded first, decorators need it.
import 'reflect-metadata';

export {
  type ErrorTable,
  errorMaker,
  isKdxError,
  KdxError,
  keyedRng,
  makeNewFolder,
  messageOf,
  type Parameter,
  type Rng,
  readSafetensorsHeader,
  type Scope,
  writeFailure,
  writeWhole,
} from '@kdx/tensor';
export { definePlugin } from './compose/define-plugin.js';
export { teacherName } from './compose/refs.js';
export {
  BACKEND,
  BATCH_LOADER,
  CLOCK,
  COMPOSITION,
  DATA_SOURCE,
  EVALUATOR,
  EVENT_SINK,
  EVENT_STREAM,
  HEAD_RULE,
  LEARNING_RATE,
  LOSS_BALANCE,
  OPTIMIZER,
  RNG,
  RUN_NAME,
  RUN_STORE,
  SAMPLER,
  SETTINGS,
  STUDENT,
  TASK,
  TEACHER_CACHE,
  TEACHERS,
} from './compose/tokens.js';
export type { HostBatch } from './contracts/batch.js';
export type {
  BackendFlags,
  CommandBackend,
  CommandDefinition,
  CommandFlag,
  CommandHost,
  CommandNames,
  PluginCommand,
} from './contracts/command.js';
export type { DataSource, Image, Split, Transform } from './contracts/data.js';
export type { Evaluator, ScoredAt } from './contracts/evaluator.js';
export type { EventSink } from './contracts/event-sink.js';
export type { LayerFeature } from './contracts/feature.js';
export { HOOK_KINDS, type HookKind, type HookName, type Hooks, type PluginState } from './contracts/hook.js';
export type {
  Adaptations,
  BuildOptions,
  Feature,
  FeatureLayout,
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
export type { HeadScores, Scores } from './contracts/scores.js';
export { injectionToken, type RunRng, type Token, token } from './contracts/slot.js';
export type { RunStorage } from './contracts/storage.js';
export type { RunSummary } from './contracts/summary.js';
export {
  type Chance,
  type CollatedBatch,
  type ComparedNormalization,
  type Headline,
  isBetter,
  labelledScore,
  labelOf,
  labelsOf,
  type NormalizationTrial,
  type NormalizationTrialOptions,
  type ScoredSplit,
  type ScoreLabel,
  type Scoring,
  type ScoringOptions,
  scoreText,
  type Task,
  type TaskLabels,
} from './contracts/task.js';
export {
  type BalancedGroup,
  type LossBalance,
  type Ref,
  TERM_GROUPS,
  type Term,
  type TermGroup,
  type TermStep,
} from './contracts/term.js';
export type { RunEvent } from './events/event-stream.js';
export type { RunWarning } from './plan/warning.js';
export { constant } from './schedule/constant.js';
export { type CosineOptions, cosine } from './schedule/cosine.js';
export { decayEvery } from './schedule/decay-every.js';
export { lengthInEpochs } from './schedule/length.js';
export { epochsDone, type LinearOptions, linear } from './schedule/linear.js';
export { multiply } from './schedule/multiply.js';
export {
  lengthSchema,
  parseSchedule,
  type ScheduleConfig,
  scheduleSchema,
} from './schedule/parse-schedule.js';
export { type StepsOptions, steps } from './schedule/steps.js';
export { warmup } from './schedule/warmup.js';
export type { RunSettings, RunSettingsInput } from './settings/settings.js';
export { EventLogReader, type LoggedEvent } from './store/event-log-reader.js';
export { followLog } from './store/follow-log.js';
export { RunStore } from './store/run-store.js';
export { TeacherCache } from './teacher-cache/teacher-cache.js';
export type { RunClock } from './train/run-clock.js';
