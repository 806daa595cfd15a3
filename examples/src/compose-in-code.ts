/**
 * Composing a run in code: a small CNN learns to recognise generated shapes, then teaches a smaller one with Hinton's
 * distillation. Claim: on unseen images the distilled student's distribution is closer to the teacher's than that of
 * the same student trained alone, from the same start, on the same batches.
 */
import { fileURLToPath } from 'node:url';
import { resolveData } from '@kdx/data';
import { kd } from '@kdx/plugin-kd';
import { distill } from '@kdx/run';
import { type BackendName, backendFlag, DEFAULT_BACKEND } from './support/choose-backend.js';
import { divergence } from './support/divergence.js';

export interface ComposeResult {
  /** Mean KL(teacher ‖ student) on the test images, in nats. */
  readonly distilled: number;
  readonly plain: number;
}

export async function composeInCode(
  say: (line: string) => void = () => {},
  backend: BackendName = DEFAULT_BACKEND,
): Promise<ComposeResult> {
  const data = await resolveData('shapes?classes=4&clutter=0.5&train=512&validation=0&test=200');
  const common = { data, epochs: 4, batch: 32, out: false, backend } as const;

  const teacher = await distill({ ...common, student: 'convnet?width=16&stages=4', lr: 1e-2 });
  say(`teacher: top-1 ${teacher.summary.test?.last.fused.top1.toFixed(1)} %`);

  const student = 'convnet?width=4&stages=3';
  const plain = await distill({ ...common, student, lr: 1e-2 });
  const distilled = await distill({
    ...common,
    student,
    lr: 1e-2,
    teacher: teacher.student,
    plugins: [kd({ temperature: 4, alpha: 0.9 })],
  });

  const result = {
    plain: await divergence(teacher.student, plain.student, data),
    distilled: await divergence(teacher.student, distilled.student, data),
  };
  say(`KL(teacher ‖ student): plain ${result.plain.toFixed(3)}, distilled ${result.distilled.toFixed(3)}`);
  for (const run of [distilled, plain, teacher]) await run.dispose();
  return result;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await composeInCode(console.log, backendFlag());
