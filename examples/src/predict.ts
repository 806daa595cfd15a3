/**
 * A trained student at work: it is trained, its file is loaded again, and it classifies images that it has not seen. Claim: `predict`
 * is right as often as the run says, on bytes as on floats; feeding `forward` the same images without normalising them is not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveData } from '@kdx/data';
import { model, predict } from '@kdx/models';
import { distill } from '@kdx/run';
import * as tf from '@tensorflow/tfjs';
import { type BackendName, backendFlag, DEFAULT_BACKEND } from './support/choose-backend.js';

const STUDENT = 'convnet?width=8&stages=2';
const DATA = 'shapes?classes=4&clutter=0&train=512&validation=0&test=128';

export interface PredictResult {
  /** Test top-1 in percent, as the run found it. */
  readonly trained: number;
  /** The same by `predict`, on floats and on bytes. */
  readonly floats: number;
  readonly bytes: number;
  /** The same by `forward` on images that nobody normalised. */
  readonly raw: number;
  /** What the first image is taken for. */
  readonly first: { readonly className?: string; readonly probability: number };
  /** The same by the student that `distill` gave, without its file. */
  readonly atOnce: { readonly className?: string; readonly probability: number };
}

export async function predictImages(
  say: (line: string) => void = () => {},
  backend: BackendName = DEFAULT_BACKEND,
): Promise<PredictResult> {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-predict-'));
  try {
    const out = join(folder, 'run');
    const run = await distill({ student: STUDENT, data: DATA, epochs: 4, batch: 32, lr: 0.05, out, backend });
    const trained = run.summary.test?.last.fused.top1 ?? 0;
    const { test } = await resolveData(DATA);
    if (!test) throw new Error('shapes has test images');
    const [height, width, channels] = run.student.spec.inputSize;
    const size = height * width * channels;
    const images = new Float32Array(test.length * size);
    for (let i = 0; i < test.length; i++) await test.read(i, images.subarray(i * size, (i + 1) * size));
    // The student of a run can be used at once, too, and knows its class names.
    const [atOnce] = await predict(run.student, images.subarray(0, size));
    await run.dispose();

    const student = await model(`${STUDENT}@${join(out, 'student.safetensors')}`).build({});

    const rate = (classes: readonly number[]): number =>
      (100 * classes.filter((index, i) => index === test.labels[i]).length) / test.length;
    const found = await predict(student, images);
    const ofBytes = await predict(
      student,
      Uint8Array.from(images, (value) => Math.round(255 * value)),
    );
    const raw = tf.tidy(() =>
      tf
        .argMax(
          student.forward(tf.tensor4d(images, [test.length, height, width, channels]), { training: false })
            .logits,
          1,
        )
        .dataSync(),
    );
    student.dispose();
    const result: PredictResult = {
      trained,
      floats: rate(found.map(({ top }) => top[0].index)),
      bytes: rate(ofBytes.map(({ top }) => top[0].index)),
      raw: rate([...raw]),
      first: found[0].top[0],
      atOnce: atOnce.top[0],
    };
    say(
      `top-1: run ${trained} %, predict ${result.floats} %, of bytes ${result.bytes} %, not normalised ${result.raw} %`,
    );
    say(`the first image is a ${result.first.className} (${(100 * result.first.probability).toFixed(1)} %)`);
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await predictImages(console.log, backendFlag());
