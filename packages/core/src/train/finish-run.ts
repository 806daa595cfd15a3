import type { Ema } from '@kdx/tensor';
import { writeWhole } from '@kdx/tensor';
import type { Composition } from '../compose/composition.js';
import type { Evaluator } from '../contracts/evaluator.js';
import type { RunStorage } from '../contracts/storage.js';
import type { RunSummary } from '../contracts/summary.js';
import { labelsOf } from '../contracts/task.js';
import { exportStudent } from '../weights/export-student.js';
import type { Checkpointer } from './checkpointer.js';
import type { Progress } from './progress.js';

interface FinishedRun {
  readonly name: string;
  readonly composition: Composition;
  readonly store: RunStorage | undefined;
  readonly progress: Omit<Progress, 'plugins'>;
  readonly checkpoints: Checkpointer;
  readonly evaluator: Evaluator;
  readonly ema: Ema | undefined;
  /** Asked last, so that it counts all. */
  seconds(): number;
  /** Throws where the run must not be taken for finished after all. */
  beforeSummary(): void;
}

/**
 * What is left after the last step: the test split is scored with the last, the best and the averaged weights, the
 * students are exported, the summary is written.
 */
export async function finishRun(run: FinishedRun): Promise<RunSummary> {
  const { composition, store, progress, checkpoints, evaluator, ema } = run;
  const { settings, student, headRule, task } = composition;
  const { best: chosen, lastValidation, lastAverage } = progress;
  const at = { step: progress.step, epoch: settings.epochs - 1 };

  const last = await evaluator.student('test', 'last', at, (details) => {
    // One line each: indented, numbers would be one a line.
    for (const [name, value] of Object.entries(details)) {
      if (store) writeWhole(store.path(`${name}.json`), `${JSON.stringify(value)}\n`);
    }
  });
  const best = chosen
    ? await checkpoints.withBest(chosen, () => evaluator.student('test', 'best', at))
    : undefined;
  const averaged = await ema?.withAveraged(() => evaluator.student('test', 'ema', at));
  const files = store ? await exportStudents(run, store) : {};
  run.beforeSummary();
  const summary: RunSummary = {
    run: run.name,
    student: student.spec.name,
    headRule,
    task: labelsOf(task),
    epochs: settings.epochs,
    steps: progress.step,
    seconds: run.seconds(),
    parameters: student.spec.parameterCount,
    trainLoss: progress.trainLoss,
    validation:
      chosen && lastValidation
        ? {
            last: lastValidation,
            best: chosen.heads,
            bestEpoch: chosen.epoch,
            ...(chosen.weights && { bestWeights: chosen.weights }),
            ...(lastAverage && { ema: lastAverage }),
          }
        : undefined,
    test: last && { last, best, ema: averaged },
    files,
  };
  store?.writeJson('summary.json', summary);
  return summary;
}

async function exportStudents(
  { composition, progress, checkpoints, ema }: FinishedRun,
  store: RunStorage,
): Promise<Record<string, string>> {
  const { student, headRule, data, task } = composition;
  const files: Record<string, string> = {};
  const write = async (name: string): Promise<void> => {
    files[name] = store.path(`${name}.safetensors`);
    await exportStudent(student, files[name], { headRule, metadata: task.metadata?.(data) });
  };
  await write('student');
  if (progress.best) await checkpoints.withBest(progress.best, () => write('student.best'));
  await ema?.withAveraged(() => write('student.ema'));
  return files;
}
