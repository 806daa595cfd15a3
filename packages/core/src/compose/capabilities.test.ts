import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { TinyModel, tiny } from '../train/tiny-model.test.helper.js';
import { code, plugin, task, tinyRun } from '../train/tiny-run.test.helper.js';

await tf.setBackend('cpu');

const wired = async (...plugins: ReturnType<typeof plugin>[]) => {
  const run = await tinyRun({ plugins: [task(), ...plugins] });
  await run.dispose();
};

test('a method that distils is refused without a teacher, before its student is looked at', async (t) => {
  const distils = plugin('distils', {
    requires: ['teacher'],
    configure: (ctx) => ctx.adaptStudent('distillation-token', true),
  });
  const error = await t.throwsAsync(wired(distils));
  t.is(code(error), 'KDX_TEACHER_MISSING');
  t.regex(error?.message ?? '', /"distils".*--teacher/);
  const run = await tinyRun({
    plugins: [task(), plugin('ok', { requires: ['teacher'] })],
    teachers: [new TinyModel({})],
  });
  await run.dispose();
});

test('a required capability may be a plugin, an offer, or what the student can take', async (t) => {
  const needs = (capability: string) => plugin('needs', { requires: [capability] });
  for (const capability of ['plugin:other', 'shadow', 'student:distillation-token']) {
    const error = await t.throwsAsync(wired(needs(capability)));
    t.is(code(error), 'KDX_REQUIRES');
    t.true(error?.message.includes(`"needs" requires ${capability}`));
  }
  await wired(needs('plugin:other'), plugin('other'));
  await wired(needs('shadow'), plugin('other', { offers: ['shadow'] }));
  const run = await tinyRun({
    student: tiny({ adaptable: true }),
    plugins: [task(), needs('student:distillation-token')],
  });
  await run.dispose();
  t.pass();
});

test('a conflict names both', async (t) => {
  const shy = plugin('shy', { conflicts: ['plugin:loud'] });
  await wired(shy);
  const error = await t.throwsAsync(wired(shy, plugin('loud')));
  t.is(code(error), 'KDX_CONFLICT');
  t.regex(error?.message ?? '', /"shy".*"loud"/);
});

test('of two plugins that offer what one of them must have alone, either order is refused', async (t) => {
  for (const [sole, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ]) {
    const alone = plugin(sole, { offers: ['sampler'], conflicts: ['sampler'] });
    await wired(alone);
    const error = await t.throwsAsync(wired(alone, plugin(other, { offers: ['sampler'] })));
    t.is(code(error), 'KDX_CONFLICT');
    t.true(error?.message.includes(`"${sole}"`) && error.message.includes(`"${other}"`));
  }
});
