/**
 * Distillation without data: images are made from a trained network alone, then a student learns from the network on them. Claim:
 * the network takes most made images for what they were meant to be, and a student that has seen no other image recognises real,
 * unseen ones far better than chance.
 *
 * The sizes and settings are those of a test: a pool worth having takes thousands of images, thousands of iterations and a preset
 * (`kdx synth`). After so few, the student is right more often than chance, and its distribution is not always nearer to its teacher's.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveData } from '@kdx/data';
import { dfDearkd, SYNTHESIS_PRESETS, synthesize } from '@kdx/plugin-df-dearkd';
import { kd } from '@kdx/plugin-kd';
import { distill } from '@kdx/run';
import { type BackendName, backendFlag, DEFAULT_BACKEND } from './support/choose-backend.js';

const EPOCHS = 15;

export interface DataFreeResult {
  readonly images: number;
  /** Images that the student was shown, over all epochs. */
  readonly shown: number;
  /** Share of the made images that the network takes for their target. */
  readonly taken: number;
  /** Test top-1 on real images in percent. */
  readonly chance: number;
  readonly teacher: number;
  readonly student: number;
}

export async function dataFree(
  say: (line: string) => void = () => {},
  backend: BackendName = DEFAULT_BACKEND,
): Promise<DataFreeResult> {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-data-free-'));
  const pool = join(folder, 'pool');
  const real = await resolveData('shapes?classes=4&clutter=0&train=256&validation=0&test=200');

  // Somebody trained this network; only its weights are here from now on.
  const trained = await distill({
    student: 'cifar_resnet8',
    data: real,
    epochs: 4,
    batch: 32,
    lr: 1e-2,
    out: join(folder, 'teacher'),
    backend,
  });
  const weights = join(folder, 'teacher', 'student.safetensors');
  const teacher = trained.student;

  let taken = 0;
  let batches = 0;
  await synthesize({
    inverted: {
      model: teacher,
      identity: {
        name: teacher.spec.name,
        sha256: createHash('sha256').update(readFileSync(weights)).digest('hex'),
      },
    },
    directory: pool,
    images: 32,
    classNames: real.labelNames,
    settings: {
      ...SYNTHESIS_PRESETS.cifar,
      classesPerBatch: 4,
      imagesPerClass: 8,
      phases: [{ iterations: 60, scale: 1 }],
      resolution: 'pool',
      lr: 0.1,
      warmup: 5,
      jitter: 2,
      weights: { ce: 1, tvL2: 1e-4, tvL1: 0, l2: 0, batchNorm: 0.01, divergence: 0 },
    },
    onEvent: (event) => {
      if (event.type !== 'batch') return;
      taken += event.inverted;
      batches += 1;
    },
  });

  // `data` is scored on; what is trained on is the pool.
  const student = await distill({
    student: 'cifar_resnet8',
    data: real,
    teacher,
    plugins: [kd({ temperature: 4, alpha: 0.9 }), dfDearkd({ pool, dearkd: false })],
    epochs: EPOCHS,
    batch: 16,
    lr: 1e-2,
    out: false,
    backend,
  });
  const shown = student.summary.steps * 16;
  const images = (await resolveData(`pool:${pool}`)).train.length;
  for (const run of [student, trained]) await run.dispose();
  rmSync(folder, { recursive: true });
  say(`${images} made images, of which the network takes ${(100 * taken) / batches} % for their target`);
  const top1 = ({ summary }: typeof student): number => summary.test?.last.fused.top1 ?? Number.NaN;
  const result = { chance: 100 / real.labelNames.length, teacher: top1(trained), student: top1(student) };
  say(
    `top-1 on real images: teacher ${result.teacher.toFixed(1)} %, student ${result.student.toFixed(1)} %, chance ${result.chance} %`,
  );
  return { images, shown, taken: taken / batches, ...result };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await dataFree(console.log, backendFlag());
