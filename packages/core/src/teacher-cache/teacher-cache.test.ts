import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import type { Schedule } from '../index.js';
import { TinyModel } from '../train/tiny-model.test.helper.js';
import { plugin, task, tinyData, tinyRun } from '../train/tiny-run.test.helper.js';
import {
  brighten,
  cachedRun,
  emptyFolder,
  openBelow,
  pulling,
  recordFiles,
  trained,
  WAYS,
} from './teacher-cache.test.helper.js';

await tf.setBackend('cpu');

/** Batches that teachers are asked for: 2 teachers, 3 epochs, 3 batches. */
const ASKED = 2 * 3 * 3;

for (const [way, given] of Object.entries(WAYS)) {
  test.serial(`checkpoints and students are the same bytes with and without a cache: ${way}`, async (t) => {
    const directory = emptyFolder();
    const plain = await trained(given);
    const filling = await trained({ ...given, directory });
    const filled = await trained({ ...given, directory });
    t.deepEqual(filling.files, plain.files, 'filling');
    t.deepEqual(filled.files, plain.files, 'filled');
    t.deepEqual([plain.hits, plain.misses, plain.forwards], [0, 0, ASKED]);
    t.is(filling.hits + filling.misses, ASKED);
    t.deepEqual([filled.hits, filled.misses, filled.forwards], [ASKED, 0, 2], 'each teacher is run once');
    t.deepEqual([...filling.warnings, ...filled.warnings], []);
    t.deepEqual(openBelow(directory), []);
  });

  test.serial(`another seed is another run, and shares only images that are not drawn: ${way}`, async (t) => {
    const directory = emptyFolder();
    const first = await trained({ ...given, directory });
    const settings = { ...given.settings, seed: 1 };
    const plain = await trained({ ...given, settings });
    const other = await trained({ ...given, settings, directory });
    t.deepEqual(other.files, plain.files);
    t.notDeepEqual(other.files, first.files);
    if (way.startsWith('neither')) t.true(other.hits >= 12, 'all full batches');
    else t.deepEqual([other.hits, other.misses], [0, ASKED]);
  });
}

test.serial('without augmentation and mixing the first epoch fills what the later ones read', async (t) => {
  const { cache, forwards } = await trained({ directory: emptyFolder(), settings: { batch: 5 } });
  t.deepEqual(
    cache.map(({ teacher, epoch, hits, misses }) => [teacher, epoch, hits, misses]),
    [
      ['teacher', 0, 0, 2],
      ['teacher2', 0, 0, 2],
      ['teacher', 1, 2, 0],
      ['teacher2', 1, 2, 0],
      ['teacher', 2, 2, 0],
      ['teacher2', 2, 2, 0],
    ],
  );
  const tries =
    'two forwards of each teacher try whether the place in a batch matters, and one what was found first';
  t.is(forwards, 4 + 2 * 3, tries);
});

test.serial('a run that differs in what moves no image shares the cache', async (t) => {
  for (const given of Object.values(WAYS)) {
    const directory = emptyFolder();
    await trained({ ...given, directory });
    const settings = { ...given.settings, lr: 0.01, labelSmoothing: 0.1, accumulate: 3, ema: 0.9 };
    const plugins = [task(), pulling(['teacher.logits'], { weight: 3 })];
    const arm = await trained({ ...given, directory, settings, plugins });
    t.deepEqual([arm.hits, arm.misses, arm.forwards], [9, 0, 1]);
    t.deepEqual(arm.files, (await trained({ ...given, settings, plugins })).files);
  }
});

test.serial('an epoch in which nothing reads a teacher asks nothing', async (t) => {
  const weight: Schedule = { text: '0 in epoch 2', at: ({ epoch }) => (epoch === 1 ? 0 : 1) };
  const plugins = [task(), pulling(['teacher.logits'], { weight })];
  const { cache } = await trained({ directory: emptyFolder(), plugins, augment: [brighten] });
  t.deepEqual(
    cache.map(({ teacher, epoch, misses }) => [teacher, epoch, misses]),
    [
      ['teacher', 0, 3],
      ['teacher', 2, 3],
    ],
  );
});

test.serial(
  'a teacher whose taps are read is run, which is said once; another is still cached',
  async (t) => {
    const directory = emptyFolder();
    const plugins = [
      task(),
      pulling(['teacher.logits', 'teacher2.logits']),
      plugin('hinting', {
        setup: (ctx) =>
          ctx.addTerm({
            id: 'hint',
            group: 'hint',
            reads: ['student.layer1', 'teacher.layer1'],
            compute: ({ read }) =>
              tf.mean(tf.squaredDifference(read('student.layer1'), read('teacher.layer1'))),
          }),
      }),
    ];
    await trained({ directory, plugins });
    const { events, hits, forwards, files } = await trained({ directory, plugins });
    t.is(hits, 9, 'teacher2');
    t.is(forwards, 9 + 1, 'teacher, and teacher2 once');
    const logs = events.flatMap((event) =>
      event.type === 'log' ? [`${event.source}: ${event.message}`] : [],
    );
    t.deepEqual(logs, ['teacher cache: teacher is run for teacher.layer1: only logits are cached']);
    t.deepEqual(files, (await trained({ plugins })).files);
  },
);

test.serial('a plugin that may change images turns the cache off, by name', async (t) => {
  const directory = emptyFolder();
  const greyer = plugin('greyer', {
    setup: (ctx) =>
      ctx.hook('batch', (batch) => ({ ...batch, images: batch.images.map((value) => value * 0.5) })),
  });
  const plugins = [task(), pulling(['teacher.logits']), greyer];
  const { warnings, cache, files } = await trained({ directory, plugins, alone: true });
  t.deepEqual(warnings, [
    'KDX_CACHE_OFF The teacher cache is off for the rest of this run: plugin "greyer" may change images in the hook "batch", and no key could tell how.',
  ]);
  t.deepEqual(cache, []);
  t.deepEqual(readdirSync(directory), []);
  t.deepEqual(files, (await trained({ plugins, alone: true })).files);
});

/** Logits that depend on where in the batch an image stands, as a library's kernels may make them. */
class PlaceBound extends TinyModel {
  override forward(...given: Parameters<TinyModel['forward']>): ReturnType<TinyModel['forward']> {
    const { logits, taps } = super.forward(...given);
    const ramp = tf.mul(tf.range(0, logits.shape[0]).reshape([-1, 1]), 1e-3);
    const moved = tf.add<tf.Tensor2D>(logits, ramp);
    return { logits: moved, heads: { class: moved }, taps };
  }
}

test.serial('where the place in the batch decides bits, logits are kept by batch', async (t) => {
  const directory = emptyFolder();
  const teachers = [new PlaceBound({ seed: 5 })];
  const plugins = [task(), pulling(['teacher.logits'])];
  const plain = await trained({ teachers, plugins });
  const filling = await trained({ teachers, plugins, directory });
  teachers[0].calls.length = 0;
  const filled = await trained({ teachers, plugins, directory });
  t.deepEqual(filling.files, plain.files);
  t.deepEqual(filled.files, plain.files);
  t.deepEqual([filling.hits, filled.hits, teachers[0].calls.length], [0, 9, 1]);
  const logs = filling.events.flatMap((event) => (event.type === 'log' ? [event.message] : []));
  t.deepEqual(
    logs,
    [4, 2].map(
      (images) =>
        `teacher gives an image other bits by its place among ${images}, so its logits are kept by batch: epochs and seeds share none`,
    ),
  );
  t.deepEqual(
    recordFiles(directory).map((file) => file.split('/').at(-1)),
    ['epoch-0001.bin', 'epoch-0002.bin', 'epoch-0003.bin'],
  );
  teachers[0].dispose();
});

/** Heads that are not what the spec says. */
class Lopsided extends TinyModel {
  override forward(...given: Parameters<TinyModel['forward']>): ReturnType<TinyModel['forward']> {
    const output = super.forward(...given);
    return { ...output, logits: tf.mul<tf.Tensor2D>(output.logits, 2) };
  }
}

/** Its logits are not finite, though its weights are. */
class Overflowing extends TinyModel {
  override forward(...given: Parameters<TinyModel['forward']>): ReturnType<TinyModel['forward']> {
    const output = super.forward(...given);
    return { ...output, logits: tf.mul<tf.Tensor2D>(output.logits, Number.POSITIVE_INFINITY) };
  }
}

test.serial('what a record could not give back is not kept', async (t) => {
  const plugins = [task(), pulling(['teacher.logits'])];
  for (const make of [() => new Lopsided({ seed: 5 }), () => new Overflowing({ seed: 5 })]) {
    const directory = emptyFolder();
    const teachers = [make()];
    const run = await tinyRun({ ...cachedRun({ teachers, plugins, directory }).options, store: undefined });
    await run.fit().catch(() => {});
    await run.dispose();
    t.deepEqual(recordFiles(directory), []);
    teachers[0].dispose();
  }
});

test.serial('time that is saved is told from the very first hit', async (t) => {
  const directory = emptyFolder();
  class Slow extends TinyModel {
    override forward(...given: Parameters<TinyModel['forward']>): ReturnType<TinyModel['forward']> {
      const until = performance.now() + 150;
      while (performance.now() < until);
      return super.forward(...given);
    }
  }
  const teachers = [new Slow({ seed: 5 })];
  const plugins = [task(), pulling(['teacher.logits'])];
  const given = { teachers, plugins, directory, augment: [brighten], settings: { epochs: 1 } };
  const [filling] = (await trained(given)).cache;
  t.true(filling.secondsSaved <= 0);
  // Of 3 batches with 10 images the first is run although it is kept.
  const [filled] = (await trained(given)).cache;
  t.true(filled.secondsSaved > 0 && filled.secondsSaved < 1, String(filled.secondsSaved));
  const stats = join(recordFiles(directory)[0], '..', 'stats.json');
  for (const edited of [
    '{"secondsPerImage":6e10}',
    '{"secondsPerImage":"long"}',
    '{"secondsPerImage":-1}',
    '[]',
  ]) {
    writeFileSync(stats, edited);
    const [told] = (await trained(given)).cache;
    t.true(told.secondsSaved > 0 && told.secondsSaved < 1, `${edited}: ${told.secondsSaved}`);
  }
  teachers[0].dispose();
});

test.serial('no tensor and no file is left open, and nothing is made without a cache', async (t) => {
  const before = tf.memory().numTensors;
  const directory = emptyFolder();
  for (const given of [{}, { directory }, { directory }]) await trained(given);
  t.is(tf.memory().numTensors, before);
  t.deepEqual(openBelow(directory), []);

  const unused = join(emptyFolder(), 'unused');
  const run = await tinyRun({ data: tinyData(), teacherCache: { directory: unused } });
  t.true(existsSync(unused));
  await run.fit();
  await run.dispose();
  t.deepEqual(readdirSync(unused), [], 'a run without teachers');
});
