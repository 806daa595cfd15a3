import test from 'ava';
import { composeInCode } from './compose-in-code.js';
import { dataFree } from './data-free.js';
import { dearkdShake } from './dearkd-shake.js';
import { ownData } from './own-data.js';
import { ownModel } from './own-model.js';
import { ownPlugin } from './own-plugin.js';
import { predictImages } from './predict.js';
import { resume } from './resume.js';
import { testBackend } from './support/choose-backend.js';
import { teacherFree } from './teacher-free.js';
import { thirdParty } from './third-party.js';
import { twoTeachers } from './two-teachers.js';

const backend = testBackend();

test.serial(
  `a student distilled in code is closer to its teacher than one trained alone (${backend})`,
  async (t) => {
    const { plain, distilled } = await composeInCode(undefined, backend);
    t.true(distilled < plain, `distilled ${distilled}, plain ${plain}`);
  },
);

test.serial(
  `a plugin of one's own learns its hint and leaves nothing in the exported student (${backend})`,
  async (t) => {
    const { first, last, exported } = await ownPlugin(undefined, backend);
    t.true(last < first / 2, `first ${first}, last ${last}`);
    t.true(exported.includes('fc.weight'));
    t.deepEqual(
      exported.filter((name) => name.includes('regressor')),
      [],
    );
  },
);

test.serial(`a model of one's own learns, and its file scores the same (${backend})`, async (t) => {
  const { chance, trained, loaded } = await ownModel(undefined, backend);
  t.true(trained > 1.5 * chance, `top-1 ${trained}`);
  t.is(loaded, trained);
});

test.serial(
  `a student's file classifies images as its run did, in floats and in bytes (${backend})`,
  async (t) => {
    const { trained, floats, bytes, raw, first, atOnce } = await predictImages(undefined, backend);
    t.true(trained > 60, `top-1 ${trained}`);
    t.true(Math.abs(floats - trained) < 1e-9, `predict ${floats}, run ${trained}`);
    // One image of 128 may fall on the other side of a border by rounding to bytes.
    t.true(Math.abs(bytes - trained) < 2, `bytes ${bytes}, run ${trained}`);
    t.true(raw < trained - 10, `not normalised ${raw}`);
    t.is(typeof first.className, 'string');
    t.is(atOnce.className, first.className, 'the student of the run, without its file');
    t.true(Math.abs(atOnce.probability - first.probability) < 1e-5);
  },
);

test.serial(`data of one's own is learnt, from a source and from arrays (${backend})`, async (t) => {
  const { source, arrays, drawn, different } = await ownData(undefined, backend);
  t.true(source > 90, `source ${source}`);
  t.true(arrays > 90, `arrays ${arrays}`);
  // 128 images in 4 epochs.
  t.is(drawn, 512);
  t.is(different, drawn);
});

test.serial(`a student of two teachers is closer to each than one trained alone (${backend})`, async (t) => {
  const { plain, distilled, terms } = await twoTeachers(undefined, backend);
  t.deepEqual([...terms].sort(), ['classification/ce', 'kd/logits', 'kd/logits2']);
  for (const k of [0, 1]) t.true(distilled[k] < plain[k], `distilled ${distilled}, plain ${plain}`);
});

test.serial(`DearKD and SHAKE compose on one student (${backend})`, async (t) => {
  const { terms, hidden, exported } = await dearkdShake(undefined, backend);
  const always = ['classification/ce', 'deit/kd', 'shake/forward', 'shake/reverse'];
  t.deepEqual(terms.map((names) => [...names].sort()).at(0), [...always, 'dearkd/hidden'].sort());
  t.false(terms.at(-1)?.includes('dearkd/hidden'));
  t.is(hidden.length, 3);
  t.true(hidden[2] < hidden[0], `hidden ${hidden}`);
  t.true(exported.includes('head_dist.weight'));
  t.deepEqual(
    exported.filter((name) => /aligner|shadow|shake|dearkd/.test(name)),
    [],
  );
});

test.serial(`a student learns without any teacher (${backend})`, async (t) => {
  const { chance, top1, intra, inter, terms, teachers } = await teacherFree(undefined, backend);
  t.true(top1 > 1.5 * chance, `top-1 ${top1}`);
  t.deepEqual([...terms].sort(), ['classification/ce', 'tf-fd/inter', 'tf-fd/intra']);
  t.is(teachers, 0);
  for (const losses of [intra, inter]) {
    t.is(losses.length, 4);
    t.true(losses.every(Number.isFinite));
  }
});

test.serial(`a student learns from images made of a network alone (${backend})`, async (t) => {
  const { images, shown, taken, chance, student } = await dataFree(undefined, backend);
  t.is(images, 32);
  t.is(shown, 15 * images, 'no other image');
  t.true(taken > 0.5, `taken ${taken}`);
  t.true(student > 1.5 * chance, `top-1 ${student}`);
});

test.serial(`an interrupted run ends in the same bytes (${backend})`, async (t) => {
  const { code, message, different } = await resume(undefined, backend);
  t.is(code, 'KDX_INTERRUPTED');
  t.regex(message, /^Interrupted after step \d+: /);
  t.deepEqual(different, []);
});

test.serial(`a plugin of someone else runs by its name (${backend})`, async (t) => {
  const { listed, fileTold, recorded, weights } = await thirdParty(undefined, backend);
  t.like(listed, { name: 'calm', version: '1.0.0', builtIn: false });
  t.true(fileTold);
  t.deepEqual(recorded, [['calm', { weight: 0.25 }]]);
  t.is(weights['calm/size'], 0.25);
});
