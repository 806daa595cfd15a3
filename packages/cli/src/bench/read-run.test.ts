import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { readRun } from './read-run.js';

const scores = { class: { top1: 50, top5: 100, loss: 1, ece: 0.1, images: 16 } };
const summary = {
  run: 'r',
  student: 'convnet',
  headRule: 'class',
  epochs: 1,
  steps: 4,
  seconds: 2,
  parameters: 94,
  trainLoss: 1.5,
  test: { last: scores },
  files: {},
};

test('a finished run whose summary lost its parts is refused with the part, and is not a row of dashes', async (t) => {
  const out = mkdtempSync(join(tmpdir(), 'kdx-read-run-'));
  t.teardown(() => rmSync(out, { recursive: true, force: true }));
  const directory = join(out, 'runs', 'plain', 'seed-0');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'config.json'), '{"pinned":{},"environment":{},"created":"2026-01-01"}');
  writeFileSync(join(directory, 'events.jsonl'), '');
  writeFileSync(join(directory, 'student.safetensors'), 'weights');
  const planned = { arm: 'plain', seed: 0, directory };
  const read = (value: unknown) => {
    writeFileSync(join(directory, 'summary.json'), JSON.stringify(value));
    return readRun(planned as Parameters<typeof readRun>[0], out);
  };
  t.is((await read(summary)).parameters, 94);
  for (const [value, part] of [
    [{}, /seconds is not a number/],
    [null, /it is not an object/],
    [{ ...summary, parameters: '94' }, /parameters is not a number/],
    [{ ...summary, test: { last: { class: {} } } }, /test\.last\.class\.images is not a number/],
    [{ ...summary, validation: { last: scores } }, /validation\.best is not an object/],
  ] as const) {
    const error = await t.throwsAsync(read(value), { code: 'KDX_BENCH_RUN' });
    t.regex(error?.message ?? '', part);
    t.regex(error?.message ?? '', /delete that folder and give the same command again/);
  }
});
