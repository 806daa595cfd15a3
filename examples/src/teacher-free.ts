/**
 * Distillation without a teacher: Tf-FD, in which a network's own salient features teach its others. Claim: the run has no teacher,
 * both terms are in its loss, and the student learns far beyond chance.
 */
import { fileURLToPath } from 'node:url';
import { tfFd } from '@kdx/plugin-tf-fd';
import { distill } from '@kdx/run';
import { type BackendName, backendFlag, DEFAULT_BACKEND } from './support/choose-backend.js';

export interface TeacherFreeResult {
  readonly chance: number;
  /** Test top-1 in percent. */
  readonly top1: number;
  /** Losses by epoch, of features within a layer and between layers. */
  readonly intra: readonly number[];
  readonly inter: readonly number[];
  /** Of the last epoch. */
  readonly terms: readonly string[];
  /** Networks that were asked for anything. */
  readonly teachers: number;
}

export async function teacherFree(
  say: (line: string) => void = () => {},
  backend: BackendName = DEFAULT_BACKEND,
): Promise<TeacherFreeResult> {
  const intra: number[] = [];
  const inter: number[] = [];
  let terms: readonly string[] = [];
  let teachers = 0;
  const run = await distill({
    student: 'cifar_resnet8',
    data: 'shapes?classes=4&clutter=0&train=256&validation=0&test=128',
    plugins: [tfFd()],
    epochs: 4,
    batch: 32,
    lr: 1e-2,
    out: false,
    backend,
    onEvent: (event) => {
      if (event.type === 'teacher') teachers += 1;
      if (event.type !== 'epoch') return;
      intra.push(event.terms['tf-fd/intra']);
      inter.push(event.terms['tf-fd/inter']);
      terms = Object.keys(event.terms);
    },
  });
  const top1 = run.summary.test?.last.fused.top1 ?? Number.NaN;
  await run.dispose();
  say(`test top-1 ${top1.toFixed(1)} %; intra ${intra.map((loss) => loss.toExponential(2)).join(', ')}`);
  return { chance: 25, top1, intra, inter, terms, teachers };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await teacherFree(console.log, backendFlag());
