import { parseTransforms } from '@kdx/data';
import { dearkd } from '@kdx/plugin-dearkd';
import { deit } from '@kdx/plugin-deit';
import { kd } from '@kdx/plugin-kd';
import test from 'ava';
import { loadRecipe, recipeNames, sourcedValues } from './recipe.js';

/*
 * The recipes and the defaults of methods, held to the numbers of their sources. They were read there and are written down here a
 * second time, so that neither a recipe nor a default can drift.
 */

/** CRD: train_student.py and helper/util.py of HobbitLong/RepDistiller (b84f547), and the paper's appendix. */
const CRD = {
  batch: 64,
  lr: 0.05,
  'optimizer.name': 'sgd',
  'optimizer.momentum': 0.9,
  'optimizer.weightDecay': 5e-4,
  'schedule.type': 'steps',
  'schedule.gamma': 0.1,
};

/** DeiT: Table 9 of the paper; main.py of facebookresearch/deit (7e160fe) for what it does not say. */
const DEIT = {
  'optimizer.name': 'adamw',
  'optimizer.weightDecay': 0.05,
  'schedule.type': 'cosine',
  'schedule.min': 1e-5,
  'schedule.warmup': 5,
  'schedule.warmupFrom': 1e-6,
  labelSmoothing: 0.1,
  mixup: 0.8,
  cutmix: 1,
};

/** What main.py does on ImageNet: 5e-4 · 1024 / 512, the EMA of --model-ema-decay without a warm-up, RASampler of 3. */
const DEIT_IMAGENET = {
  ...DEIT,
  batch: 1024,
  lr: (5e-4 * 1024) / 512,
  'schedule.per': 'epoch',
  'schedule.lag': 1,
  ema: 0.99996,
  repeats: 3,
  dropLast: true,
};

const SOURCES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'crd-cifar100': {
    ...CRD,
    epochs: 240,
    'schedule.milestones': [150, 180, 210],
    'optimizer.decayAll': true,
    'data?augment': 'crop(4),flip(0.5)',
  },
  // train_kd.py of lilujunai/Teacher-free-Distillation (3427f98), lines 36-45, 185-218, 573-582.
  'tffd-cifar100': {
    epochs: 240,
    batch: 128,
    lr: 0.1,
    'optimizer.name': 'sgd',
    'optimizer.momentum': 0.9,
    'optimizer.nesterov': true,
    'optimizer.weightDecay': 5e-4,
    'optimizer.decayAll': true,
    'schedule.type': 'steps',
    'schedule.milestones': [150, 180, 210],
    'schedule.gamma': 0.1,
    'data?augment': 'crop(4,reflect),flip(0.5)',
  },
  // DearKD's supplement, section 3: 300 epochs of which 250 with the teacher, 1000 of which 800.
  'dearkd-imagenet300': { ...DEIT_IMAGENET, epochs: 300 },
  'dearkd-imagenet1000': {
    ...DEIT_IMAGENET,
    epochs: 1000,
    plugins: [['dearkd', { stage1: '80%', stage2: 'ce-only' }]],
  },
  // Supplement, section 4: batch 1024, 1000 epochs, 800 in the first stage, rate 0.0005 (of 512 images), filter 0.1.
  'df-dearkd-imagenet': {
    ...DEIT_IMAGENET,
    epochs: 1000,
    plugins: [
      [
        'df-dearkd',
        { pool: 'pools/imagenet?threshold=0.1&augment=flip(0.5),randaugment(interpolation=bicubic),erase' },
      ],
      ['dearkd', { stage1: '80%', stage2: 'ce-only' }],
    ],
  },
  'dearkd-cifar100': { ...DEIT, epochs: 300 },
  // Of the small protocol only what it takes from others.
  'small-cnn': CRD,
  'small-vit': { ...DEIT, 'schedule.warmup': 2 },
};

test('every recipe is held to its source', (t) => {
  t.deepEqual(Object.keys(SOURCES).toSorted(), recipeNames());
});

for (const [name, published] of Object.entries(SOURCES)) {
  test(`recipe ${name} has the values of its source`, async (t) => {
    const found = new Map(sourcedValues(await loadRecipe(name)).map(({ path, value }) => [path, value]));
    for (const [path, value] of Object.entries(published)) t.deepEqual(found.get(path), value, path);
  });
}

test('DeiT’s augmentation: random erasing 0.25 per pixel, rand-m9-mstd0.5-inc1', async (t) => {
  const { data } = await loadRecipe('dearkd-imagenet300');
  t.is(data?.augment?.value, 'flip(0.5),randaugment(interpolation=bicubic),erase');
  const names = parseTransforms('randaugment(m=9,mstd=0.5,inc=1),erase(p=0.25,mode=pixel)').map(
    (each) => each.name,
  );
  t.deepEqual(
    parseTransforms('randaugment,erase').map((each) => each.name),
    names,
  );
});

test('kd: 0.1 · CE + 0.9 · KL at τ 4 (RepDistiller, scripts/run_cifar_distill.sh: -r 0.1 -a 0.9, kd_T 4)', (t) => {
  t.deepEqual(kd().options, { temperature: 4, alpha: 0.9 });
});

test('deit: hard distillation (paper, eq. 3), τ 3 where it is soft (section 6), KL over B·K (losses.py:50-65), mean of heads (models.py)', (t) => {
  const published = { temperature: 3, divisor: 'numel', classical: false, fusion: 'mean' };
  t.deepEqual(deit().options, { ...published, type: 'hard', alpha: 0.5 } as never);
  t.deepEqual(deit({ type: 'soft' }).options, { ...published, type: 'soft', alpha: 0.1 } as never);
});

test('dearkd: α₁ and β₁ are our reading; five sixths of the epochs are the supplement’s 250 of 300', (t) => {
  const options = dearkd().options as Record<string, unknown>;
  t.like(options, { alpha: 0.5, beta: 1, stage2: 'anneal' });
  t.is(options.stage1, undefined);
});
