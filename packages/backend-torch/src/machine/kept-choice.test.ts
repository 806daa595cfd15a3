import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type ChoiceOf, choiceFile, keepChoice, keptChoice, settleChoice } from './kept-choice.js';

function choiceOf(t: ExecutionContext, key: Record<string, unknown> = { processor: 'A', cores: 2 }) {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-choice-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const isValid = (value: unknown): value is number => value === 1 || value === 2;
  return { folder, what: 'threads', key, isValid } satisfies ChoiceOf<number>;
}

const fileOf = (of: ChoiceOf<number>): string => choiceFile(of as ChoiceOf<never>);

test('what was chosen once is chosen for good, with its date', async (t) => {
  const of = choiceOf(t);
  t.is(keptChoice(of), undefined);
  const first = await settleChoice(of, () => 2);
  t.is(first.value, 2);
  t.is(first.notKept, '');
  t.true(Math.abs(Date.parse(first.chosen) - Date.now()) < 60_000);
  t.deepEqual(await settleChoice(of, () => t.fail() as never), first);
  t.deepEqual(keptChoice(of), first);
  t.deepEqual(readdirSync(join(of.folder, 'choices')).length, 1);
});

test('of several that choose at once all take the choice of the first to finish', async (t) => {
  const of = choiceOf(t);
  const values = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      settleChoice(of, async () => {
        await new Promise((resolve) => setTimeout(resolve, i % 3));
        return 1 + (i % 2);
      }),
    ),
  );
  t.is(new Set(values.map(({ value }) => value)).size, 1);
  t.is(keptChoice(of)?.value, values[0]?.value);
  t.is(readdirSync(join(of.folder, 'choices')).length, 1, 'no temporary file is left');
});

test('a damaged file, another machine’s or an impossible value is chosen again and replaced', async (t) => {
  const of = choiceOf(t);
  await settleChoice(of, () => 2);
  const sound = readFileSync(fileOf(of), 'utf8');
  const other = JSON.parse(sound) as Record<string, unknown>;
  const texts = {
    empty: '',
    cut: sound.slice(0, 40),
    null: 'null',
    list: '[1]',
    format: JSON.stringify({ ...other, format: 99 }),
    machine: JSON.stringify({ ...other, key: { processor: 'B', cores: 2 } }),
    value: JSON.stringify({ ...other, value: 64 }),
    date: JSON.stringify({ ...other, chosen: 'yesterday' }),
    kind: JSON.stringify({ ...other, what: 'bf16-speed' }),
  };
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(fileOf(of), text);
    t.is(keptChoice(of), undefined, name);
    t.is((await settleChoice(of, () => 1)).value, 1, name);
    t.is(keptChoice(of)?.value, 1, name);
  }
});

test('what the choice depends on has a choice of its own each', async (t) => {
  const of = choiceOf(t);
  await settleChoice(of, () => 2);
  for (const other of [
    { ...of, key: { processor: 'A', cores: 1 } },
    { ...of, key: { processor: 'B', cores: 2 } },
    { ...of, what: 'bf16-speed' },
  ]) {
    t.is(keptChoice(other), undefined);
    t.is((await settleChoice(other, () => 1)).value, 1);
  }
  t.is(keptChoice(of)?.value, 2);
});

test('a choice is replaced where that is asked for', async (t) => {
  const of = choiceOf(t);
  await settleChoice(of, () => 2);
  t.is((await keepChoice(of, 1, { replace: false })).value, 2);
  t.is((await keepChoice(of, 1, { replace: true })).value, 1);
  t.is(keptChoice(of)?.value, 1);
});

test('a folder that takes no file gives a choice that says so', async (t) => {
  const of = choiceOf(t);
  // A file where the folder would be: not even root can write below it.
  mkdirSync(dirname(dirname(fileOf(of))), { recursive: true });
  writeFileSync(join(of.folder, 'choices'), '');
  const { value, notKept } = await settleChoice(of, () => 1);
  t.is(value, 1);
  t.regex(notKept, /threads-[0-9a-f]{16}\.json: (ENOTDIR|EEXIST)/);
});
