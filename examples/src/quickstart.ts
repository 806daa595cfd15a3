/**
 * The main job, end to end, on generated images: a small CNN teacher, a small vision transformer alone, and the same
 * transformer distilled from the teacher with Hinton's method. Run it with `npm start`, on another back end with
 * `npm start -- --backend torch`.
 *
 * More than a third of the training labels is wrong, as a hurried annotator's would be. The CNN sees through most of that; the
 * transformer alone learns the mistakes by heart; from the teacher it learns what the teacher made of them.
 *
 * The comparison is meant to be fair: both students have the same size, data, epochs and seed; the plain one gets the
 * best of three learning rates, chosen for it on the validation images, and the distilled one takes that rate over.
 */
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeNewFolder } from '@kdx/tensor';
import Table from 'cli-table3';
import { type BackendName, backendFlag, DEFAULT_BACKEND } from './support/choose-backend.js';
import { liveProgress, type Progress, quiet } from './support/progress.js';
import { runKdx } from './support/run-kdx.js';

const DATA = 'shapes?classes=8&clutter=0&noise=0.02&label-noise=0.37&test=2000';
const CHANCE = 100 / 8;
const TEACHER = 'convnet?width=16&stages=4';
const STUDENT = 'vit_tiny_patch16_224?img=32&patch=8&dim=64&depth=3&heads=4';
const LEARNING_RATES = [5e-4, 1e-3, 2e-3];
const TEACHER_EPOCHS = 10;
const EPOCHS = 10;

/** Test top-1 in percent of each model, and where its run lies. */
export interface QuickstartResult {
  readonly seed: number;
  readonly chance: number;
  readonly teacher: number;
  readonly plain: number;
  readonly distilled: number;
  readonly learningRate: number;
  readonly seconds: number;
}

/** A teacher, a plain student for each learning rate, and the distilled one. */
const TRAININGS = LEARNING_RATES.length + 2;

/**
 * Trains teacher, plain students and distilled student for one seed. Two runs go at a time where there are two cores.
 * @param progress shows how far it is; a function gets the lines that stay and nothing else
 */
export async function quickstart(
  out: string,
  seed: number,
  progress: Progress | ((line: string) => void) = () => {},
  backend: BackendName = DEFAULT_BACKEND,
): Promise<QuickstartResult> {
  const { say, begin } = typeof progress === 'function' ? quiet(progress) : progress;
  const begun = performance.now();
  mkdirSync(out, { recursive: true });
  // Two runs share the cores; and with one thread a run gives the same figures wherever it is repeated.
  const where = ['--backend', backend, '--threads', '1'];
  const common = ['--data', DATA, '--seed', String(seed), '--batch', '32', ...where];
  const train = async (title: string, folder: string, epochs: number, flags: readonly string[]) => {
    const shown = begin(title, epochs);
    const result = await runKdx(
      join(out, folder),
      [...flags, '--epochs', String(epochs), ...common],
      shown.event,
    );
    shown.end();
    return result;
  };
  const student =
    (title: string, folder: string, learningRate: number, ...more: string[]) =>
    () =>
      train(title, folder, EPOCHS, ['--student', STUDENT, '--lr', String(learningRate), ...more]);
  const teacher = () =>
    train('teacher (CNN)', 'teacher', TEACHER_EPOCHS, ['--student', TEACHER, '--lr', '0.01']);

  say(
    'Generated images of 8 classes; 37 % of the training labels are wrong on purpose, the test labels are right.',
  );
  say(`Training a teacher (${TEACHER}) and plain students (${STUDENT}), ${TRAININGS} trainings in all …`);
  const [taught, ...plains] = await inParallel(availableParallelism() > 1 ? 2 : 1, [
    teacher,
    ...LEARNING_RATES.map((rate) => student(`student, plain (lr ${rate})`, `plain-lr${rate}`, rate)),
  ]);
  const best = plains.reduce((a, b, index) => (b.validation > plains[a].validation ? index : a), 0);
  const learningRate = LEARNING_RATES[best];
  say(
    `Distilling the same student at learning rate ${learningRate}, the best for the plain one on the validation images …`,
  );
  const distilled = await student(
    'student, distilled (kd)',
    'distilled',
    learningRate,
    '--teacher',
    `${TEACHER}@${join(out, 'teacher', 'student.safetensors')}`,
    '--plugins',
    'kd',
  )();

  const table = new Table({
    head: ['model', 'parameters', 'test top-1', 'run'],
    style: { head: [], border: [] },
  });
  const row = (name: string, result: typeof taught): void => {
    table.push([
      name,
      result.parameters.toLocaleString('en-US'),
      `${result.test.toFixed(1)} %`,
      result.directory,
    ]);
  };
  row('teacher (CNN)', taught);
  row('student, distilled (kd)', distilled);
  row(`student, plain (lr ${learningRate})`, plains[best]);
  say(table.toString());
  say(
    `Chance is ${CHANCE} %. Distillation gained ${(distilled.test - plains[best].test).toFixed(1)} points.`,
  );
  return {
    seed,
    chance: CHANCE,
    teacher: taught.test,
    plain: plains[best].test,
    distilled: distilled.test,
    learningRate,
    seconds: (performance.now() - begun) / 1000,
  };
}

/** Runs jobs in order, so many at a time, and gives their results in order. */
async function inParallel<T>(width: number, jobs: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < jobs.length) {
      const index = next;
      next += 1;
      results[index] = await jobs[index]();
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
  const out = makeNewFolder(join('runs', `quickstart-${time}`));
  const { seconds, learningRate } = await quickstart(out, 0, liveProgress(TRAININGS), backendFlag());
  console.log(`Trained in ${Math.round(seconds)} s. See the runs side by side, or score the student again:`);
  console.log(`  npx kdx report ${join(out, `plain-lr${learningRate}`)} ${join(out, 'distilled')}`);
  console.log(
    `  npx kdx eval --model "${STUDENT}@${join(out, 'distilled', 'student.safetensors')}" --data "${DATA}"`,
  );
}
