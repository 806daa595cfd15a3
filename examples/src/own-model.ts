/**
 * A model of one's own: layers, a name, an option. It trains like one of the zoo, and its weights are an ordinary safetensors
 * file. Claim: it learns, and the file that the run exported scores the same when it is loaded again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveData } from '@kdx/data';
import { defineModel } from '@kdx/models';
import { Conv2d, type ForwardCall, Layer, Linear } from '@kdx/nn';
import { distill } from '@kdx/run';
import { evaluate } from '@kdx/task-classification';
import { type Scope } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { type BackendName, backendFlag, DEFAULT_BACKEND } from './support/choose-backend.js';

/** A layer makes its parts in the constructor, each in a scope of its own, which gives parameters their names. */
class Trunk extends Layer {
  readonly #first: Conv2d;
  readonly #second: Conv2d;

  constructor(scope: Scope, channels: number, width: number) {
    super(scope);
    this.#first = new Conv2d(scope.child('first'), channels, width, 3, { stride: 2, padding: 1 });
    this.#second = new Conv2d(scope.child('second'), width, 2 * width, 3, { stride: 2, padding: 1 });
  }

  /** [B, H, W, C] to [B, 2 · width]. Anything of TensorFlow.js may stand here; nothing is to be disposed. */
  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    const maps = tf.relu(this.#second.apply(tf.relu(this.#first.apply(x, call)), call));
    return tf.mean(maps, [1, 2]);
  }
}

/** What `kdx` calls a recipe: nothing is built before the data tells how many classes there are. */
export const twoLayers = defineModel({
  name: 'two-layers',
  options: z.object({ width: z.number().int().min(1).default(16).describe('channels of the first layer') }),
  build: (scope, { classes, imageSize, options }) => ({
    trunk: new Trunk(scope, imageSize[2], options.width),
    heads: { class: new Linear(scope.child('head'), 2 * options.width, classes) },
  }),
});

export interface OwnModelResult {
  readonly chance: number;
  /** Test top-1 in percent: of the run, and of its file loaded again. */
  readonly trained: number;
  readonly loaded: number;
}

export async function ownModel(
  say: (line: string) => void = () => {},
  backend: BackendName = DEFAULT_BACKEND,
): Promise<OwnModelResult> {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-own-model-'));
  const data = await resolveData('shapes?classes=4&clutter=0&train=512&validation=0&test=128');
  const recipe = twoLayers.with({ width: 24 });
  const run = await distill({
    student: recipe,
    data,
    epochs: 6,
    batch: 32,
    lr: 1e-2,
    out: join(folder, 'run'),
    backend,
  });
  const trained = run.summary.test?.last.fused.top1 ?? Number.NaN;
  await run.dispose();

  const again = await recipe.from(join(folder, 'run', 'student.safetensors')).build({ classes: 4 });
  if (!data.test) throw new Error('the data has no test split');
  const { fused } = await evaluate(again, data.test, { imageSize: data.imageSize, headRule: 'class' });
  again.dispose();
  rmSync(folder, { recursive: true });
  say(`test top-1: trained ${trained.toFixed(1)} %, its file loaded again ${fused.top1.toFixed(1)} %`);
  return { chance: 100 / data.labelNames.length, trained, loaded: fused.top1 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ownModel(console.log, backendFlag());
