import { KdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { readImage } from '../expected/checked-source.js';
import { resolveNamesBy } from '../run.js';
import { tiny } from '../train/tiny-model.test.helper.js';
import { plugin, tinyData } from '../train/tiny-run.test.helper.js';

await tf.setBackend('cpu');

const BUILT_IN = {
  model: (name: string) => {
    if (name === 'zoo') return tiny({ name: 'zoo' });
    throw new KdxError('KDX_MODEL_UNKNOWN', `No model is called "${name}".`);
  },
  data: () => tinyData(),
};

test('a name is asked of the plugins in order, then of what comes with kdx', async (t) => {
  const mine = plugin('mine', {
    configure: (ctx) => {
      ctx.hook('resolveModel', (name) => (name === 'mine' ? tiny({ name: 'mine' }) : undefined));
      ctx.hook('resolveData', (spec) => (spec === 'mine' ? { ...tinyData(), name: 'mine' } : undefined));
    },
  });
  const names = await resolveNamesBy([mine], { resolvers: BUILT_IN });
  t.is((await names.model('mine')).name, 'mine');
  t.is((await names.model('zoo')).name, 'zoo');
  t.is((await names.data('mine')).name, 'mine');
  t.is((await names.data('else')).name, tinyData().name);
  await t.throwsAsync(async () => names.model('none'), { code: 'KDX_MODEL_UNKNOWN' });
});

test('nothing but configure() of a plugin runs, and its close hook at the end', async (t) => {
  const ran: string[] = [];
  const watched = plugin('watched', {
    configure: (ctx) => {
      ran.push('configure');
      ctx.hook('close', () => void ran.push('close'));
      ctx.hook('fitStart', () => void ran.push('fitStart'));
    },
    setup: () => void ran.push('setup'),
  });
  const names = await resolveNamesBy([watched], { resolvers: BUILT_IN });
  await names.data('any');
  t.deepEqual(ran, ['configure']);
  await names.close();
  t.deepEqual(ran, ['configure', 'close']);
});

test('a plugin that adapts or reads a student is refused by name, as there is none', async (t) => {
  const adapts = plugin('adapts', { configure: (ctx) => ctx.adaptStudent('distillation-token', true) });
  const reads = plugin('reads', { configure: (ctx) => void ctx.student.name });
  for (const [name, each] of Object.entries({ adapts, reads })) {
    await t.throwsAsync(resolveNamesBy([each]), {
      code: 'KDX_ADAPT_NO_STUDENT',
      message: new RegExp(`"${name}"`),
    });
  }
});

test('an image that data outside of a run fails to read is named by its plugin', async (t) => {
  const { train, ...rest } = tinyData();
  const failing = (): never => {
    throw new Error('no such image');
  };
  const mine = plugin('mine', {
    configure: (ctx) => ctx.hook('resolveData', () => ({ ...rest, train: { ...train, read: failing } })),
  });
  const names = await resolveNamesBy([mine], { resolvers: BUILT_IN });
  const data = await names.data('mine');
  await t.throwsAsync(readImage(data.train, 1, new Float32Array(1)), {
    code: 'KDX_DATA_READ',
    message: /plugin "mine" failed to read image 1: no such image/,
  });
});
