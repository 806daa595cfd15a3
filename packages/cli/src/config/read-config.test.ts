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
  t.throws(() => runOf(source, 'plan'), { code: 'KDX_ARM_UNKNOWN', message: /Did you mean "plain"\?/ });
  t.throws(() => runOf({ ...source, arms: { kd: { lrr: 1 } } }, 'kd'), {
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
