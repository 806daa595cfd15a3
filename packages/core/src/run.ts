// `@kdx/core/run`: making a run and driving it, for programs and tools.

import 'reflect-metadata';

export { mixes } from './batch/mixing/mix-options.js';
export { normalizeImages } from './batch/normalize-images.js';
export { capabilitiesOf } from './compose/capabilities.js';
export { compose, type Resolvers, type RunSpec } from './compose/compose.js';
export { type ComposedTerm, type Composition, effectiveWeight } from './compose/composition.js';
export { type NameResolution, resolveNamesBy } from './compose/name-resolution.js';
export { checkDefinition, checkPluginVersion } from './compose/plugin-shape.js';
export { type LoadedPlugin, resolvePlugins } from './compose/resolve-plugins.js';
export { stagesOf } from './compose/stages.js';
export { type CreateRunOptions, createRun, type Run } from './create-run.js';
export { chanceOf } from './evaluate/chance.js';
export type { Confusion } from './evaluate/confusion.js';
export { drawSample, type SampleKind } from './evaluate/draw-sample.js';
export { type EvaluateOptions, evaluate, evaluateWithConfusion } from './evaluate/evaluate.js';
export { fuseHeads, usualHeadRule } from './evaluate/fuse-heads.js';
export { headLogits } from './evaluate/head-logits.js';
export { splitImages } from './evaluate/split-images.js';
export { currentPlugin, inPlugin } from './plugin-scope.js';
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
