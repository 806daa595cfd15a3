import { join } from 'node:path';
import { type RunEvent } from '@kdx/core';
import { type Composition } from '@kdx/core/run';
import { saveWeights } from '@kdx/models';
import type { DearkdOptions } from '@kdx/plugin-dearkd';
import { type HostTensor, keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { learnersOf, recorder } from './dearkd-recorder.js';
import { dearkdRun } from './dearkd-run.js';

/**
 * What each step came to, by `EPOCH/NAME`: `logits/…`, `maps/…` (the aligners' outputs and normalised targets), `loss/…`,
 * `gradient/…`, and `after/…`, the state after it. In PyTorch's names and layouts; maps are `[B, H, W, C]`.
 */
export type DearkdSteps = ReadonlyMap<string, HostTensor>;

export interface DearkdCase {
  readonly title: string;
  readonly options: DearkdOptions & { readonly alpha: number; readonly beta: number };
  /** Block of the student and stage of the teacher. */
  readonly pairs: readonly (readonly [student: string, teacher: string])[];
  /** Helper modules of the run. */
  readonly modules: readonly string[];
  /** First epoch that does without the teacher. */
  readonly alone: number;
}

/** All steps of a run on a back end; leaves in a folder what each began with. */
export async function dearkdSteps(
  { options, modules, alone }: DearkdCase,
  backend: 'wasm' | 'torch',
  folder: string,
): Promise<DearkdSteps> {
  const into = new Map<string, HostTensor>();
  const begun: { composition?: Composition } = {};
  const composition = (): Composition => begun.composition as Composition;
  const beside = [recorder({ folder, into, modules, alone, composition })];
  const { run, teacher, dispose } = await dearkdRun({ backend, options, beside });
  try {
    begun.composition = run.composition;
    moveTeacher(run.composition);
    moveLearners(run.composition);
    await saveWeights(teacher, join(folder, 'teacher.safetensors'));
    run.events.on('event', (event) => takeLosses(into, event));
    await run.fit();
    return into;
  } finally {
    await dispose();
  }
}

function takeLosses(into: Map<string, HostTensor>, event: RunEvent): void {
  if (event.type !== 'step') return;
  for (const [id, value] of Object.entries({ total: event.loss, ...event.terms })) {
    if (id.startsWith('recorder/')) continue;
    const name = id.slice(id.indexOf('/') + 1);
    into.set(`${event.epoch}/loss/${name}`, { shape: [1], data: Float32Array.of(value) });
  }
}

const assign = (variable: tf.Variable, values: Float32Array): void =>
  tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));

/** Scales, shifts and statistics get values of their own: at their initial ones they could be mistaken for each other. */
function moveTeacher({ teachers: [{ parameters, buffers }] }: Composition): void {
  for (const [name, { variable }] of [...parameters, ...buffers]) {
    if (variable.rank !== 1) continue;
    const rng = keyedRng(5, name);
    const isScale = /(weight|running_var)$/.test(name);
    const draw = () => (isScale ? 0.5 + rng.uniform() : 0.3 * rng.normal());
    assign(variable, Float32Array.from({ length: variable.size }, draw));
  }
}

/** What the stream of the first block is the sum of. */
const EARLY_STREAM =
  /^student\/(cls_token|dist_token|pos_embed|patch_embed|blocks\.0\.(attn\.proj|mlp\.fc2)\.)/;

/**
 * No weight of student and aligners is left at 0 or 1, and attention is far from even. The stream is small at first, else no
 * epsilon of a layer norm would show. The target is as it begins.
 */
function moveLearners(composition: Composition): void {
  for (const [name, { variable }] of learnersOf(composition)) {
    const rng = keyedRng(5, name);
    const scale = EARLY_STREAM.test(name) ? 0.1 : 1;
    const moved = Float32Array.from(variable.dataSync(), (value) => scale * (value + 0.2 * rng.normal()));
    assign(variable, moved);
  }
  for (const { store } of composition.modules.values()) {
    const [mean, variance] = ['mean', 'var'].map((kind) => store.buffers.get(`bn.running_${kind}`)?.variable);
    const rng = keyedRng(5, 'statistics');
    if (mean)
      assign(
        mean,
        Float32Array.from({ length: mean.size }, () => rng.normal()),
      );
    if (variance)
      assign(
        variance,
        Float32Array.from({ length: variance.size }, () => 0.5 + rng.uniform()),
      );
  }
}
