import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { runSettings } from '../settings/settings.js';
import { TinyModel } from '../train/tiny-model.test.helper.js';
import { BACKEND, tinyData } from '../train/tiny-run.test.helper.js';
import { type CacheKeyParts, cacheKey, teacherDigest } from './cache-key.js';
import { brighten } from './teacher-cache.test.helper.js';

await tf.setBackend('cpu');

const teacher = new TinyModel({ seed: 1 });
const drawn: CacheKeyParts = {
  kind: 'batch',
  teacher,
  teacherSha256: 'abc',
  data: tinyData({ augment: [brighten] }),
  settings: runSettings.parse({}),
  mixing: { mixup: 0.8 },
  backend: BACKEND,
};
const { settings, data, backend } = drawn;
const spec = (more: Partial<TinyModel['spec']>) => ({ teacher: { spec: { ...teacher.spec, ...more } } });

/** One entry per ingredient. */
const CHANGES: Record<string, Partial<CacheKeyParts>> = {
  kind: { kind: 'sample' },
  values: { teacherSha256: 'abd' },
  'name of the teacher': spec({ name: 'other' }),
  mean: spec({ mean: [0.4] }),
  std: spec({ std: [0.4] }),
  heads: spec({ heads: ['class', 'distillation'] }),
  classes: spec({ classes: 4 }),
  'input size': spec({ inputSize: [8, 8, 1] }),
  digest: { data: { ...data, digest: 'other' } },
  'number of images': { data: { ...data, train: { length: 13 } } },
  'image size': { data: { ...data, imageSize: [8, 8, 1] } },
  augmentation: { data: { ...data, augment: [{ ...brighten, name: 'brighten(0.2)' }] } },
  'one augmentation more': { data: { ...data, augment: [brighten, brighten] } },
  batch: { settings: { ...settings, batch: 32 } },
  repeats: { settings: { ...settings, repeats: 3 } },
  order: { order: 'sequential' },
  'mean of the data': { data: { ...data, mean: [0.4] } },
  'std of the data': { data: { ...data, std: [0.4] } },
  seed: { settings: { ...settings, seed: 1 } },
  mixing: { mixing: { mixup: 0.7 } },
  'no mixing': { mixing: null },
  'back end': { backend: { ...backend, name: 'wasm' } },
  build: { backend: { ...backend, build: '4.23' } },
  threads: { backend: { ...backend, threads: 2 } },
  device: { backend: { ...backend, device: 'cuda:0' } },
  precision: { backend: { ...backend, precision: 'bf16' } },
};

test('whatever decides the bits of logits changes the key', (t) => {
  const keys = [drawn, ...Object.values(CHANGES).map((change) => ({ ...drawn, ...change }))].map(
    (parts) => cacheKey(parts).sha256,
  );
  t.is(new Set(keys).size, keys.length);
  t.is(cacheKey({ ...drawn }).sha256, keys[0]);
});

test('what moves no image is not in the key', (t) => {
  const same = (parts: CacheKeyParts, more: Partial<CacheKeyParts['settings']>) =>
    t.is(cacheKey({ ...parts, settings: { ...parts.settings, ...more } }).sha256, cacheKey(parts).sha256);
  same(drawn, runSettings.parse({ labelSmoothing: 0.1, lr: 1, accumulate: 2, dropLast: true }));
  const single: CacheKeyParts = { ...drawn, kind: 'sample', data: tinyData() };
  same(single, { seed: 5 });
  same({ ...single, mixing: null }, {});
  t.is(
    cacheKey({ ...single, mixing: null }).sha256,
    cacheKey(single).sha256,
    'a record of one image is not mixed',
  );
});

test("a model's digest follows names, shapes and values of parameters and buffers", async (t) => {
  const other = new TinyModel({ seed: 1 });
  const digest = await teacherDigest(teacher);
  t.is(await teacherDigest(other), digest);
  const seen = new Set([digest, await teacherDigest(new TinyModel({ seed: 2 }))]);
  seen.add(await teacherDigest(new TinyModel({ seed: 1, distilled: true })));
  other.buffers.get('layer1.mean')?.variable.assign(tf.fill([6], 1e-30));
  seen.add(await teacherDigest(other));
  const { parameters, buffers } = teacher;
  const entries = [...parameters];
  seen.add(await teacherDigest({ parameters: new Map(entries.slice(1)), buffers }));
  seen.add(await teacherDigest({ parameters: buffers, buffers: parameters }));
  t.is(seen.size, 6);
  t.is(await teacherDigest({ parameters: new Map(entries.reverse()), buffers }), digest, 'order is not told');
});
