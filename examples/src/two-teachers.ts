/**
 * Two teachers: one student learns from both, whose terms `kd` weighs equally. Claim: on unseen images the student is closer to
 * each of them than the same student trained alone.
 */
import { fileURLToPath } from 'node:url';
import { resolveData } from '@kdx/data';
import { kd } from '@kdx/plugin-kd';
import { distill } from '@kdx/run';
import { type BackendName, backendFlag, DEFAULT_BACKEND } from './support/choose-backend.js';
import { divergence } from './support/divergence.js';

export interface TwoTeachersResult {
  /** Mean KL(teacher ‖ student) on the test images, in nats, for the first and the second teacher. */
  readonly distilled: readonly number[];
  readonly plain: readonly number[];
  /** Terms of the run. */
  readonly terms: readonly string[];
}

export async function twoTeachers(
  say: (line: string) => void = () => {},
  backend: BackendName = DEFAULT_BACKEND,
): Promise<TwoTeachersResult> {
  const data = await resolveData('shapes?classes=4&clutter=0.5&train=384&validation=0&test=128');
  const common = { data, epochs: 3, batch: 32, lr: 1e-2, out: false, backend } as const;

  // Two of different shape; --teacher may be said twice on the command line.
  const wide = await distill({ ...common, student: 'convnet?width=16&stages=3' });
  const deep = await distill({ ...common, student: 'convnet?width=12&stages=4', seed: 1 });
  const teacher = [wide.student, deep.student];

  const student = 'convnet?width=4&stages=3';
  const terms = new Set<string>();
  const plain = await distill({ ...common, student });
  const distilled = await distill({
    ...common,
    student,
    teacher,
    plugins: [kd({ temperature: 4, alpha: 0.9 })],
    onEvent: (event) => {
      if (event.type === 'epoch') for (const id of Object.keys(event.terms)) terms.add(id);
    },
  });
  const distances = async (to: typeof plain): Promise<number[]> => [
    await divergence(teacher[0], to.student, data),
    await divergence(teacher[1], to.student, data),
  ];
  const result = { plain: await distances(plain), distilled: await distances(distilled) };
  for (const run of [distilled, plain, deep, wide]) await run.dispose();
  const text = (values: readonly number[]): string => values.map((value) => value.toFixed(3)).join(' and ');
  say(`KL to both teachers: plain ${text(result.plain)}, distilled ${text(result.distilled)}`);
  return { ...result, terms: [...terms] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await twoTeachers(console.log, backendFlag());
