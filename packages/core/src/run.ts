// `@kdx/core/run`: making a run and driving it, for programs and tools.

import 'reflect-metadata';

export { normalizeImages } from './batch/normalize-images.js';
export { capabilitiesOf, offersTask } from './compose/capabilities.js';
export { compose, type Resolvers, type RunSpec } from './compose/compose.js';
export { type ComposedTerm, type Composition, effectiveWeight } from './compose/composition.js';
export { type NameResolution, resolveNamesBy } from './compose/name-resolution.js';
export { checkDefinition, checkPluginVersion } from './compose/plugin-shape.js';
export { type LoadedPlugin, resolvePlugins } from './compose/resolve-plugins.js';
export { stagesOf } from './compose/stages.js';
export { type CreateRunOptions, createRun, type Run } from './create-run.js';
export { blamingWeights } from './evaluate/blaming-weights.js';
export { drawSample, type SampleKind } from './evaluate/draw-sample.js';
export { headLogits } from './evaluate/head-logits.js';
export { type EvaluateOptions, scoreSplit } from './evaluate/score-split.js';
export { splitImages } from './evaluate/split-images.js';
export { currentPlugin, inPlugin } from './plugin-scope.js';
export { cutmixAlpha, MIX_MODES, type MixMode, type MixOptions, mixes } from './settings/mix-options.js';
export { optimizerSchema, runSettings } from './settings/settings.js';
export { type Checkpoint, readCheckpoint, snapshot, writeCheckpoint } from './store/checkpoint.js';
export { type ClaimOptions, RunLock } from './store/lock/run-lock.js';
export { changedBatch } from './train/changed-by-hooks.js';
export { clockAt, type Loop, runLoop } from './train/loop.js';
export { studentLoss } from './train/step.js';
export { planStep, type StepPlan } from './train/step-plan.js';
export { Trainer } from './train/trainer.js';
export { type ExportOptions, exportStudent } from './weights/export-student.js';
export { nonFiniteIn, nonFiniteWeights } from './weights/finite-state.js';
export { compareWeights } from './weights/weight-facts.js';
