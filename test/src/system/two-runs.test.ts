import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromArrays, resolveData } from '@kdx/data';
import { deit } from '@kdx/plugin-deit';
import { kd } from '@kdx/plugin-kd';
import { type DistillOptions, distill } from '@kdx/run';
import ava from 'ava';
import { backendTest, ON_BACKEND } from '../support/backend.js';
import { STUDENT, TEACHER } from '../support/tiny-run.js';

const test = backendTest(ava);
const root = mkdtempSync(join(tmpdir(), 'kdx-two-runs-'));
ava.after.always(() => rmSync(root, { recursive: true }));

const base = {
  student: `${STUDENT}&drop=0.1`,
  teacher: TEACHER,
  data: 'shapes?train=64&validation=24&test=0',
  ...ON_BACKEND,
  epochs: 2,
  batch: 16,
} as const;

async function weightsOf(name: string, options: Partial<DistillOptions>): Promise<Buffer> {
  const out = join(root, name);
  const { dispose } = await distill({ ...base, ...options, out });
  await dispose();
  return readFileSync(join(out, 'student.safetensors'));
}

test('two runs with different plugins in one process, at once, are each what they are alone', async (t) => {
  const first = { plugins: [deit({ type: 'soft' })], mixup: 0.8 };
  const second = { plugins: [kd()], seed: 3, ema: 0.9 };
  const [a, b] = await Promise.all([weightsOf('a', first), weightsOf('b', second)]);
  t.true(a.equals(await weightsOf('a-alone', first)));
  t.true(b.equals(await weightsOf('b-alone', second)));
  t.false(a.equals(b));
});

ava('NaN in arrays is refused with the sample it is in', (t) => {
  const images = new Float32Array(4 * 2 * 2 * 3).fill(0.5);
  images[30] = Number.NaN;
  const error = t.throws(() =>
    fromArrays({ images, labels: [0, 1, 0, 1], imageSize: [2, 2, 3], labelNames: ['a', 'b'] }),
  );
  t.is((error as Error & { code: string }).code, 'KDX_DATA_NAN');
  t.regex(error?.message ?? '', /2/);
});

test('an image that turns NaN while a run goes on is named by its number', async (t) => {
  const whole = await resolveData(base.data);
  const reads = new Map<number, number>();
  const train: typeof whole.train = {
    ...whole.train,
    read(index, out) {
      reads.set(index, (reads.get(index) ?? 0) + 1);
      const done = whole.train.read(index, out);
      if (index === 17 && (reads.get(index) as number) > 1) out[5] = Number.NaN;
      return done;
    },
  };
  const error = await t.throwsAsync(
    distill({ ...base, data: { ...whole, train }, plugins: [kd()], out: false }),
  );
  t.is((error as Error & { code: string }).code, 'KDX_DATA_NAN');
  t.regex(error?.message ?? '', /Training image 17 holds NaN, .* mend or remove that image/);
});

ava('a setting of the wrong kind is refused by its name in code too', async (t) => {
  const error = await t.throwsAsync(distill({ ...base, lr: 'fast' as unknown as number, out: false }));
  t.regex(error?.message ?? '', /^distill\(\): lr takes a number and got "fast"/);
});
