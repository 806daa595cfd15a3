import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import type { DataSource } from '../index.js';
import { TinyModel } from '../train/tiny-model.test.helper.js';
import { task } from '../train/tiny-run.test.helper.js';
import { brighten, emptyFolder, pulling, recordFiles, trained } from './teacher-cache.test.helper.js';

await tf.setBackend('cpu');

/** The same values with another forward. */
class Edited extends TinyModel {
  override forward(...given: Parameters<TinyModel['forward']>): ReturnType<TinyModel['forward']> {
    const { logits, taps } = super.forward(...given);
    const other = tf.add<tf.Tensor2D>(logits, 1e-3);
    return { logits: other, heads: { class: other }, taps };
  }
}

test.serial('what changed in code alone is found at the first batch, and turns the cache off', async (t) => {
  const plugins = [task(), pulling(['teacher.logits'])];
  const darken: DataSource['augment'][number] = {
    name: brighten.name,
    apply: ({ data }, rng) => {
      const by = rng.uniform() * 0.1;
      for (let i = 0; i < data.length; i++) data[i] -= by;
    },
  };
  for (const [before, after] of [
    [{ make: () => new TinyModel({ seed: 5 }) }, { make: () => new Edited({ seed: 5 }) }],
    [
      { make: () => new TinyModel({ seed: 5 }), augment: [brighten] },
      { make: () => new Edited({ seed: 5 }), augment: [brighten] },
    ],
    [
      { make: () => new TinyModel({ seed: 5 }), augment: [brighten] },
      { make: () => new TinyModel({ seed: 5 }), augment: [darken] },
    ],
  ]) {
    const directory = emptyFolder();
    const teachers = [before.make()];
    const others = [after.make()];
    await trained({ teachers, plugins, directory, augment: before.augment });
    const changed = { teachers: others, plugins, augment: after.augment };
    const plain = await trained(changed);
    others[0].calls.length = 0;
    const { warnings, files, hits } = await trained({ ...changed, directory });
    t.deepEqual(warnings, [
      `KDX_CACHE_OFF The teacher cache is off for the rest of this run: what is kept in ${dirname(recordFiles(directory)[0])} is not what teacher gives for these images, as after a change of code; delete that folder to fill it again.`,
    ]);
    t.is(hits, 0);
    t.is(others[0].calls.length, 9);
    t.deepEqual(files, plain.files);
    // What was there is left to the code that it is of.
    const back = await trained({ teachers, plugins, directory, augment: before.augment });
    t.deepEqual([back.hits, back.misses, back.warnings], [9, 0, []]);
    for (const teacher of [...teachers, ...others]) teacher.dispose();
  }
});
