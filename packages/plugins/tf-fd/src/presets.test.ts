import test from 'ava';
import { tfFdOptions } from './options.js';

/*
 * What each preset claims, read in its source: the released code (lilujunai/Teacher-free-Distillation, HEAD 3427f98,
 * train_kd.py), the wording of abstract and poster, and the supplement.
 */

/** train_kd.py:71-72, and the text of the sister paper: λ_inter 0.005, λ_intra 0.0004. */
const COMMON = { inter: 0.005, intra: 0.0004 };

const SOURCES = {
  code: {
    source:
      'train_kd.py:394-436, 555-559: the normalised mean, both halves learn, all pairs of stages, no early decay',
    values: { score: 'code', stopGradient: false, pairs: 'all', decay: null, dagger: false },
  },
  paper: {
    source: 'poster and abstract: salient features teach redundant ones; supplement: the l_p norm, p = 2',
    values: { score: 'lp', p: 2, stopGradient: true, pairs: 'all', decay: null, dagger: false },
  },
  imagenet: {
    source:
      'supplement: neighbouring layers, 20 epochs of warm-up and early decay, whose 0.9 every 30 epochs is Channel Distillation’s',
    values: {
      score: 'code',
      pairs: 'neighbours',
      warmup: 20,
      decay: { factor: 0.9, every: 30 },
      dagger: false,
    },
  },
  dagger: {
    source: 'train_kd.py:57-58, 396-399: with a teacher, τ 4 and λ_kd 1 where none is named',
    values: {
      score: 'code',
      stopGradient: false,
      pairs: 'all',
      dagger: true,
      temperature: undefined,
      kd: undefined,
    },
  },
} as const;

for (const [preset, { source, values }] of Object.entries(SOURCES)) {
  test(`preset ${preset} is its source's: ${source}`, (t) => {
    const settings = tfFdOptions.parse({ preset });
    for (const [key, value] of Object.entries({ ...COMMON, ...values })) {
      t.deepEqual(settings[key as keyof typeof settings] as unknown, value, key);
    }
  });
}

test('every preset is held to a source', (t) => {
  t.deepEqual(Object.keys(SOURCES), tfFdOptions.in.shape.preset.unwrap().options);
});
