import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { readKept } from './teachers.js';

test('kept scores of teachers that are damaged are computed again, and take no other with them', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-teachers-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'teachers.json');
  t.deepEqual(readKept(file), {});
  const scores = { images: 10, top1: 70, top5: 90, loss: 1, ece: 0.1 };
  const whole = { name: 'r56', weights: 'r56 sha256:1', parameters: 7, split: 'test', classes: 100, scores };
  const kept = { a: whole, b: 5, c: null, d: { ...whole, scores: { ...scores, top1: '70' } } };
  writeFileSync(file, JSON.stringify(kept));
  t.deepEqual(readKept(file), { a: whole } as never);
  for (const text of ['', 'null', '5', '[]', '{"a":']) {
    writeFileSync(file, text);
    t.deepEqual(readKept(file), {}, text);
  }
});
