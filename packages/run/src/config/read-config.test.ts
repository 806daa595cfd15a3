import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readConfig, runOf } from './read-config.js';

function fileOf(t: ExecutionContext, config: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-config-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'kdx.config.json');
  writeFileSync(file, JSON.stringify(config));
  return file;
}
const read = (file: string, flags: Record<string, unknown> = {}, recipe?: string) =>
  readConfig({ file, recipe, layers: [{ from: '--lr', values: flags }] });

const base = { student: 'tiny', teacher: 'big@w', data: 'shapes', lr: 1 };

test('a recipe lies under the file, the file under an arm, and flags on top', async (t) => {
  const file = fileOf(t, {
    ...base,
    recipe: 'small-cnn',
    arms: { slow: { lr: 2, batch: 8 }, quick: { epochs: 3, plugins: ['kd'] } },
  });
  const slow = runOf(await read(file, { lr: 3 }), 'slow');
  t.like(slow, { lr: 3, batch: 8, epochs: 30, student: 'tiny', data: 'shapes?train=10000&validation=1000' });
  t.like(runOf(await read(file), 'quick'), { lr: 1, batch: 64, epochs: 3, teacher: 'big@w' });
  t.is(runOf(await read(file, {}, 'small-vit'), 'slow').optimizer.name, 'adamw', 'the flag --recipe wins');
});

test('an arm without plugins trains alone', async (t) => {
  const file = fileOf(t, { ...base, arms: { plain: {}, kd: { plugins: 'kd' } } });
  t.is(runOf(await read(file), 'plain').teacher, undefined);
  t.is(runOf(await read(file), 'kd').teacher, 'big@w');
});

test('of a file with arms one has to be chosen, by a name it has', async (t) => {
  const source = await read(fileOf(t, { ...base, arms: { plain: {}, kd: { plugins: 'kd' } } }));
  t.throws(() => runOf(source), {
    code: 'KDX_ARM_MISSING',
    message: /has the arms plain, kd; choose one with --arm/,
  });
  const spoken = await read(fileOf(t, { ...base, arms: { plain: {}, 'KD, hot': { plugins: 'kd' } } }));
  t.throws(() => runOf(spoken), { message: /has the arms plain, "KD, hot"; choose one with --arm/ });
  t.throws(() => runOf(source, 'plan'), { code: 'KDX_ARM_UNKNOWN', message: /Did you mean "plain"\?/ });
  t.throws(() => runOf({ ...source, arms: new Map([['kd', { lrr: 1 }]]) }, 'kd'), {
    code: 'KDX_CONFIG',
    message: /arm "kd": there is no key "lrr"/,
  });
});

test('arms that are no object are refused; $schema is for editors', async (t) => {
  await t.throwsAsync(read(fileOf(t, { ...base, arms: ['kd'] })), {
    code: 'KDX_CONFIG',
    message: /arms takes an object/,
  });
  t.like(runOf(await read(fileOf(t, { ...base, $schema: './schema.json' }))), { lr: 1 });
});

test('an error names where its key is from', async (t) => {
  const source = await read(fileOf(t, { ...base, sedes: [1], arms: { kd: { plugins: 'kd' } } }));
  t.throws(() => runOf(source, 'kd'), {
    message: /kdx\.config\.json: there is no key "sedes"\. Did you mean "seeds"/,
  });
  const flagged = await readConfig({
    file: fileOf(t, base),
    recipe: undefined,
    layers: [{ from: '--set lrr', values: { lrr: 1 } }],
  });
  t.throws(() => runOf(flagged), { message: /^--set lrr: there is no key "lrr"\. Did you mean "lr"/ });
  const inside = await read(fileOf(t, { ...base, arms: { kd: { recipe: 'small-vit' } } }));
  t.throws(() => runOf(inside, 'kd'), { message: /arm "kd": recipe is no key of one run; use --recipe/ });
});

test('arms have any name that can be printed, and keep their order; seed and folder are common', async (t) => {
  const names = ['x y', '..', 'a/b', 'T = 4, α 0.9 → "hot" | 100 %', '温度 4'];
  const source = await read(
    fileOf(t, { ...base, arms: Object.fromEntries(names.map((name) => [name, {}])) }),
  );
  t.deepEqual([...source.arms.keys()], names);
  for (const [name, message] of [
    ['', /an arm needs a name/],
    [' a', /begins or ends with a space/],
    ['a\nb', /text that can be printed, and got "a\\nb"/],
    ['a\u202eb', /text that can be printed/],
    ['x'.repeat(101), /at most 100 characters, and .* has 101/],
    ['2', /an arm called 2 would lose its place in the order of the arms/],
  ] as const)
    await t.throwsAsync(read(fileOf(t, { ...base, arms: { [name]: {} } })), { code: 'KDX_CONFIG', message });
  await t.throwsAsync(read(fileOf(t, { ...base, arms: { KD: {}, kd: {} } })), {
    code: 'KDX_CONFIG',
    message: /the arms "KD" and "kd" differ only in capitals/,
  });
  for (const key of ['seed', 'out'])
    await t.throwsAsync(read(fileOf(t, { ...base, arms: { a: { [key]: 1 } } })), {
      code: 'KDX_CONFIG',
      message: new RegExp(`arm "a": ${key} is the same for all arms`),
    });
  await t.throwsAsync(read(fileOf(t, { ...base, seeds: [0, 0] })), {
    message: /seeds takes different whole numbers/,
  });
  await t.throwsAsync(read(fileOf(t, { ...base, recipe: null })), {
    message: /recipe takes a name and got null/,
  });
});

test('in a comparison an arm lies above the flags', async (t) => {
  const source = await read(fileOf(t, { ...base, arms: { slow: { lr: 2 }, usual: {} } }), { lr: 3 });
  t.is(runOf(source, 'slow', { armOnTop: true }).lr, 2);
  t.is(runOf(source, 'usual', { armOnTop: true }).lr, 3);
  t.is(runOf(source, 'slow').lr, 3);
});
