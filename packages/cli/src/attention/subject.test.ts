import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { model, saveWeights } from '@kdx/models';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { readSubject, readSubjects } from './subject.js';

const root = mkdtempSync(join(tmpdir(), 'kdx-subject-'));
const VIT = 'deit_tiny_patch16_224?patch=4&dim=16&depth=3&heads=2&img=8';

test.before(() => tf.setBackend('cpu'));
test.after.always(() => rmSync(root, { recursive: true, force: true }));

/** The folder of a run that asked for {@link VIT}. */
function folder(...path: string[]): string {
  const directory = join(root, ...path);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ config: { student: VIT } }));
  return directory;
}

test('a label is what stands before the first "=", unless that belongs to an option, a file or a folder', async (t) => {
  for (const [text, label, name, weights] of [
    [VIT, VIT, VIT, undefined],
    [`plain=${VIT}`, 'plain', VIT, undefined],
    [`two words=${VIT}@a=b.safetensors`, 'two words', VIT, 'a=b.safetensors'],
    [
      'deit_tiny_patch16_224@x=1/w.safetensors',
      'deit_tiny_patch16_224@x=1/w.safetensors',
      'deit_tiny_patch16_224',
      'x=1/w.safetensors',
    ],
  ] as const) {
    const subject = await readSubject(text);
    t.is(subject.label, label);
    t.like(subject.recipe, { name, weights });
  }
});

test("a run's folder stands for its student as its plugins made it, and for its arm", async (t) => {
  const adapted = model(VIT)
    .adapt('distillation-token', true)
    .adapt('convolutional-attention', { blocks: 1 });
  const run = folder('runs', 'dearkd', 'seed-1');
  const student = await adapted.build({ classes: 4 });
  const file = join(run, 'student.safetensors');
  await saveWeights(student, file);
  const subject = await readSubject(run);
  t.is(subject.label, 'dearkd');
  t.like(subject.recipe, { name: adapted.name, weights: file });
  t.is((await readSubject(`mine=${run}`)).label, 'mine');
  const again = await subject.recipe.build({});
  t.deepEqual(again.spec, student.spec);
  const elsewhere = folder('my=run');
  await saveWeights(student, join(elsewhere, 'student.safetensors'));
  t.is((await readSubject(elsewhere)).label, elsewhere);
});

test('what is no run is told from what is no model', async (t) => {
  await t.throwsAsync(readSubject(join(root, 'nowhere')), {
    code: 'KDX_RUN_MISSING',
    message: /nowhere holds no run \(no config\.json in it\); give --model the folder of a run, or a model/,
  });
  await t.throwsAsync(readSubject('plain=runs/plain'), { code: 'KDX_RUN_MISSING', message: /^runs\/plain / });
  await t.throwsAsync(readSubject('deit_tinny_patch16_224'), {
    code: 'KDX_MODEL_UNKNOWN',
    message: /Did you mean "deit_tiny_patch16_224"/,
  });
  for (const text of ['=convnet', 'a=']) {
    await t.throwsAsync(readSubject(text), { code: 'KDX_CONFIG', message: /takes \[label=\]model or/ });
  }
});

test('a run that has not ended, or whose student is not from kdx, is refused', async (t) => {
  const run = folder('unfinished');
  await t.throwsAsync(readSubject(run), {
    code: 'KDX_WEIGHTS_MISSING',
    message: /has not ended; finish it with kdx run --resume \S*unfinished\.$/,
  });
  const header = '{}      ';
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(join(run, 'student.safetensors'), Buffer.concat([size, Buffer.from(header)]));
  await t.throwsAsync(readSubject(run), { code: 'KDX_RUN_BROKEN', message: /does not say which model/ });
});

test('seeds share a label; the same weights twice under one label are refused', async (t) => {
  const subjects = await readSubjects([
    `a=${VIT}@0.safetensors`,
    `a=${VIT}@1.safetensors`,
    `b=${VIT}@0.safetensors`,
  ]);
  t.deepEqual(
    subjects.map(({ label }) => label),
    ['a', 'a', 'b'],
  );
  await t.throwsAsync(readSubjects([`a=${VIT}@0.safetensors`, `a=${VIT}@./0.safetensors`]), {
    code: 'KDX_CONFIG',
    message: /is there twice under the label "a"/,
  });
});
