import { createRun, explainRun, type ModelRecipe, type Plugin, type Run, runSettings } from '@kdx/core';
import { fromArrays } from '@kdx/data';
import { model } from '@kdx/models';
import { kd } from '@kdx/plugin-kd';
import { baseTask, kitModel } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type TfFdOptions, tfFd } from './index.js';
import { RankOnHost } from './ranking.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

const RESNET = model('cifar_resnet8?img=8');
const VIT = kitModel('vit');

const images = fromArrays({
  images: Uint8Array.from({ length: 8 * 8 * 8 * 3 }, (_, i) => (i * 37) % 251),
  labels: [0, 1, 2, 3, 0, 1, 2, 3],
  imageSize: [8, 8, 3],
  classNames: ['a', 'b', 'c', 'd'],
});

const wired = (
  student: ModelRecipe,
  options?: TfFdOptions,
  { epochs = 30, teachers = [] as ModelRecipe[], beside = [] as Plugin[] } = {},
): Promise<Run> =>
  createRun({
    name: 'test',
    student,
    teachers,
    data: images,
    plugins: [baseTask(), tfFd(options), ...beside],
    settings: runSettings.parse({ epochs, batch: 4 }),
    backend: { name: 'cpu', build: '', threads: 1, device: 'cpu', precision: 'float32' },
  });

const explained = async (student: ModelRecipe, options?: TfFdOptions, more = {}) => {
  const run = await wired(student, options, more);
  const told = explainRun(run.composition);
  await run.dispose();
  return told;
};

test('without a teacher: two terms on the stages, aux, and a warm-up of a twelfth of the run', async (t) => {
  const { terms, teachers, adaptations, modules } = await explained(RESNET);
  const own = terms.filter(({ plugin }) => plugin === 'tf-fd');
  t.deepEqual(
    own.map(({ id, group, reads }) => [id, group, reads.map(({ ref }) => ref)]),
    ['tf-fd/inter', 'tf-fd/intra'].map((id) => [
      id,
      'aux',
      ['student.layer1', 'student.layer2', 'student.layer3'],
    ]),
  );
  t.deepEqual([teachers, adaptations, modules], [[], [], []], 'nothing is added to the student');
  // W = 30/12: epochs weigh 0.4, 0.8, 1.
  t.deepEqual(own[0].weights, [
    [0, 0.002],
    [1, 0.004],
    [2, 0.005],
  ]);
});

test('presets are where the defaults are from, and what is said stands', async (t) => {
  const formulas = async (options: TfFdOptions, more = {}) =>
    Object.fromEntries(
      (await explained(RESNET, options, more)).terms.map(({ id, formula }) => [id, formula]),
    );
  t.regex((await formulas({ preset: 'paper' }))['tf-fd/intra'], /^MSE\(sg\(salient\), .*salience lp/);
  t.regex((await formulas({ preset: 'paper', stopGradient: false }))['tf-fd/intra'], /^MSE\(salient, /);
  t.regex((await formulas({ preset: 'imagenet' }))['tf-fd/inter'], /over neighbours pairs/);
  const { terms } = await explained(RESNET, { preset: 'imagenet' }, { epochs: 100 });
  const weights = new Map(terms.find(({ id }) => id === 'tf-fd/inter')?.weights);
  t.true(Math.abs((weights.get(29) ?? 0) - 0.005 * 0.9) < 1e-12, 'early decay in the 30th epoch');
  t.deepEqual(Object.keys(await formulas({ intra: 0 })).sort(), ['base/ce', 'tf-fd/inter']);
});

test('Tf-FD† wants a teacher, and stands in for kd', async (t) => {
  await t.throwsAsync(wired(RESNET, { dagger: true }), { code: 'KDX_TEACHER_MISSING' });
  const teachers = [model('cifar_resnet8?img=8')];
  const { terms } = await explained(RESNET, { preset: 'dagger' }, { teachers });
  t.like(
    terms.find(({ id }) => id === 'tf-fd/kd'),
    { group: 'distill', formula: 'τ²·KL(t ‖ z), τ=4' },
  );
  await t.throwsAsync(wired(RESNET, { dagger: true }, { teachers, beside: [kd()] }), {
    code: 'KDX_CONFLICT',
  });
  t.is((await explained(RESNET, {}, { teachers, beside: [kd()] })).balance.owner, 'kd');
});

test('tokens of a ViT are read as maps, without the class token', async (t) => {
  const { terms } = await explained(VIT);
  t.deepEqual(
    terms.find(({ id }) => id === 'tf-fd/intra')?.reads.map(({ ref, shape }) => [ref, shape]),
    [0, 1, 2].map((block) => [`student.blocks.${block}`, [5, 16]]),
  );
});

test('what does not fit says what helps', async (t) => {
  await t.throwsAsync(wired(VIT, { score: 'bn' }), {
    code: 'KDX_TF_FD_SCALE',
    message: /blocks\.0.*another score/,
  });
  await t.throwsAsync(wired(RESNET, { layers: ['layer1'] }), {
    code: 'KDX_TF_FD_LAYERS',
    message: /"inter":0/,
  });
  await t.throwsAsync(wired(RESNET, { layers: ['layr1'] }), { code: 'KDX_TAP_UNKNOWN' });
  await t.throwsAsync(wired(RESNET, { layers: ['pooled'] }), { code: 'KDX_TAP_SHAPE' });
  await t.notThrowsAsync(wired(RESNET, { layers: ['layer1'], inter: 0 }).then((run) => run.dispose()));
  await t.notThrowsAsync(wired(RESNET, { layers: ['f2', 'f3'] }).then((run) => run.dispose()));
});

test('a ranking on the host is renewed every so many steps and kept in between', (t) => {
  const ranked: number[] = [];
  const ranking = new RankOnHost((maps) => {
    ranked.push(maps.dataSync()[0]);
    return [0, 1];
  }, 3);
  // A partial accumulation asks twice within a step.
  for (const step of [0, 0, 1, 2, 3, 4, 5, 6]) {
    const { salient } = ranking.halves(tf.fill([1, 1, 1, 2], step), step);
    t.deepEqual(salient.arraySync(), [[0, 1]]);
  }
  t.deepEqual(ranked, [0, 3, 6]);

  const resumed = new RankOnHost(() => {
    throw new Error('ranked anew');
  }, 3);
  resumed.ranks = ranking.ranks;
  t.deepEqual(resumed.halves(tf.zeros([1, 1, 1, 2]), 7).salient.arraySync(), [[0, 1]]);
});
