import { type MixOptions, runSettings } from '@kdx/core/run';
import { isKdxError, keyedRng, type Rng } from '@kdx/tensor';
import test from 'ava';
import { cutmixBox, drawCutmixBox } from './cutmix-box.js';
import { mixBatch } from './mix-batch.js';
import { smoothTargets } from './smooth-targets.js';

const near = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6) =>
  actual.length === expected.length && expected.every((value, i) => Math.abs(actual[i] - value) <= tolerance);

/** Σ −y log softmax(z), averaged over rows, in float64. */
function crossEntropy(logits: readonly (readonly number[])[], targets: ArrayLike<number>): number {
  let sum = 0;
  logits.forEach((row, b) => {
    const norm = Math.log(row.reduce((total, z) => total + Math.exp(z), 0));
    row.forEach((z, k) => {
      sum -= targets[b * row.length + k] * (z - norm);
    });
  });
  return sum / logits.length;
}

const base: MixOptions = { mixup: 0.8, cutmix: 1, probability: 1, switchProbability: 0.5 };

/** A generator whose λ and centres are told. */
const told = (lam: number, centres: number[] = []): Rng =>
  Object.assign(keyedRng(0), { uniform: () => 0.25, beta: () => lam, integer: () => centres.shift() ?? 0 });

const zC = [
  [2, 0.5, -1],
  [-0.2, 0.1, 0.4],
];

test('G3: smoothed targets, mixed with the reversed batch', (t) => {
  const targets = smoothTargets([0, 1], 3, 0.1);
  t.true(Math.abs(crossEntropy(zC, targets) - 0.75985073) < 1e-6);
  const images = Float32Array.of(1, 0);
  const mix = mixBatch({
    images,
    targets,
    shape: [2, 1, 1, 1],
    options: { ...base, cutmix: 0 },
    rng: told(0.7),
  });
  t.deepEqual(mix, { kind: 'mixup', lam: 0.7 });
  t.true(near(targets, [0.66333333, 0.30333333, 0.03333333, 0.30333333, 0.66333333, 0.03333333]));
  t.true(near(images, [0.7, 0.3]));
  t.true(Math.abs(crossEntropy(zC, targets) - 1.00285073) < 1e-6);
});

test('G3: the box of CutMix', (t) => {
  t.deepEqual(cutmixBox(8, 8, 0.5, 4, 4), { top: 2, bottom: 6, left: 2, right: 6, lam: 0.75 });
  t.is(cutmixBox(8, 8, 0.5, 0, 4).lam, 0.875);
  t.is(cutmixBox(8, 8, 0.5, 7, 7).lam, 0.859375);
  t.is(cutmixBox(8, 8, 1, 3, 3).lam, 1);
  t.is(cutmixBox(8, 8, 0, 4, 4).lam, 0);
});

test('T9: both smoothing rules', (t) => {
  const logits = [[2, 1, 0, -1]];
  t.true(Math.abs(crossEntropy(logits, smoothTargets([0], 4, 0.1, 'others')) - 0.6401897) < 1e-6);
  t.true(Math.abs(crossEntropy(logits, smoothTargets([0], 4, 0.1)) - 0.5901897) < 1e-6);
  t.deepEqual([...smoothTargets([1, 0], 2, 0)], [0, 1, 1, 0]);
  t.true(
    near(
      smoothTargets([2], 1000, 0.1),
      Array.from({ length: 1000 }, (_, k) => (k === 2 ? 0.9001 : 0.0001)),
    ),
  );
});

test('a label or an ε out of range is refused', (t) => {
  for (const label of [-1, 3, 0.5]) {
    const error = t.throws(() => smoothTargets([0, label], 3, 0.1), { message: /Sample 1.*0 to 2/ });
    t.true(isKdxError(error));
  }
  t.throws(() => smoothTargets([0], 3, 1), { message: /labelSmoothing/ });
});

test('a box that is cut off at the border says what it leaves', (t) => {
  // Sides ⌊6·0.775⌋ = 4 and ⌊5·0.775⌋ = 3: two rows and one column to each side of (1, 3), the first row cut off.
  const box = cutmixBox(6, 5, 0.4, 1, 3);
  t.deepEqual(box, { top: 0, bottom: 3, left: 2, right: 4, lam: 1 - 6 / 30 });
});

test('CutMix leaves every pixel outside the box and takes the partner inside', (t) => {
  const [B, H, W, C] = [5, 4, 4, 2];
  const size = H * W * C;
  const original = Float32Array.from({ length: B * size }, (_, i) => i);
  const images = original.slice();
  const targets = smoothTargets([0, 1, 2, 3, 4], 5, 0);
  const { lam } = mixBatch({
    images,
    targets,
    shape: [B, H, W, C],
    options: { ...base, mixup: 0 },
    rng: told(0.5, [2, 1]),
  });
  // Sides ⌊4·0.707⌋ = 2, half 1: rows 1 and 2, columns 0 and 1.
  t.is(lam, 0.75);
  for (let b = 0; b < B; b += 1) {
    for (let y = 0; y < H; y += 1) {
      for (let x = 0; x < W; x += 1) {
        const inside = y >= 1 && y < 3 && x >= 0 && x < 2;
        const from = inside ? B - 1 - b : b;
        for (let c = 0; c < C; c += 1) {
          t.is(images[((b * H + y) * W + x) * C + c], original[((from * H + y) * W + x) * C + c]);
        }
      }
    }
  }
  t.deepEqual([...targets.subarray(0, 5)], [0.75, 0, 0, 0, 0.25]);
  t.deepEqual(
    [...targets.subarray(10, 15)],
    [0, 0, 1, 0, 0],
    'the middle of an odd batch is its own partner',
  );
});

test('mixup of an odd batch keeps its middle and every row of targets a distribution', (t) => {
  const images = Float32Array.of(1, 2, 10, 20, 100, 200);
  const targets = smoothTargets([0, 1, 2], 3, 0.1);
  mixBatch({ images, targets, shape: [3, 1, 2, 1], options: { ...base, cutmix: 0 }, rng: told(0.25) });
  t.true(near(images, [75.25, 150.5, 10, 20, 25.75, 51.5]));
  for (let row = 0; row < 3; row += 1) {
    t.true(Math.abs(targets.subarray(row * 3, row * 3 + 3).reduce((sum, p) => sum + p, 0) - 1) < 1e-6);
  }
});

/** Shares of the three kinds over many batches. */
function kinds(options: MixOptions): Record<string, number> {
  const counts: Record<string, number> = { none: 0, mixup: 0, cutmix: 0 };
  for (let i = 0; i < 4000; i += 1) {
    const images = Float32Array.of(0, 1);
    const { kind, lam } = mixBatch({
      images,
      targets: Float32Array.of(1, 0),
      shape: [2, 1, 1, 1],
      options,
      rng: keyedRng(9, 'mix', i),
    });
    if (kind === 'none' && (lam !== 1 || images[0] !== 0)) throw new Error('a batch was changed in silence');
    counts[kind] += 1 / 4000;
  }
  return counts;
}

test('how often a batch is mixed, and how, is what the options say', (t) => {
  t.true(kinds({ ...base, probability: 0 }).none > 0.999);
  t.true(kinds({ ...base, mixup: 0, cutmix: 0 }).none > 0.999);
  t.true(kinds({ ...base, cutmix: 0 }).mixup > 0.999);
  t.true(kinds({ ...base, mixup: 0 }).cutmix > 0.999);
  const { none, mixup, cutmix } = kinds({ ...base, probability: 0.8, switchProbability: 0.25 });
  t.true(near([none, mixup, cutmix], [0.2, 0.6, 0.2], 0.03));
});

test('the key decides: the same batch twice, bit for bit', (t) => {
  const [a, b] = [0, 1].map(() => {
    const images = Float32Array.from({ length: 4 * 8 * 8 }, (_, i) => i / 256);
    const targets = smoothTargets([0, 1, 2, 3], 4, 0.1);
    const mix = mixBatch({
      images,
      targets,
      shape: [4, 8, 8, 1],
      options: base,
      rng: keyedRng(1, 'mix', 3, 4),
    });
    return { images, targets, mix };
  });
  t.deepEqual(a, b);
  t.not(a.mix.kind, 'none');
});

/** A generator whose draws are told; one draw too many is an error. */
function scripted(draws: { uniforms?: number[]; betas?: number[]; integers?: number[] }): Rng {
  const next = (queue: number[] = []): number => {
    const value = queue.shift();
    if (value === undefined) throw new Error('one draw too many');
    return value;
  };
  return Object.assign(keyedRng(0), {
    uniform: () => next(draws.uniforms),
    beta: () => next(draws.betas),
    integer: () => next(draws.integers),
  });
}

// The expected numbers of the next tests are timm's (Mixup of 0.3.2 and of 1.0), worked out by hand from its definitions.

test('pair: an image and its partner share λ, the pairs do not, and the middle of an odd batch stays', (t) => {
  const images = Float32Array.of(1, 2, 10, 20, 30);
  const targets = smoothTargets([0, 1, 2, 0, 1], 3, 0);
  const mix = mixBatch({
    images,
    targets,
    shape: [5, 1, 1, 1],
    options: { ...base, cutmix: 0, mode: 'pair' },
    rng: scripted({ uniforms: [0, 0, 0, 0], betas: [0.75, 0.5] }),
  });
  t.true(near(images, [0.75 * 1 + 0.25 * 30, 11, 10, 11, 0.75 * 30 + 0.25 * 1]));
  t.true(near(targets, [0.75, 0.25, 0, 0.5, 0.5, 0, 0, 0, 1, 0.5, 0.5, 0, 0.25, 0.75, 0]));
  const lams = [0.75, 0.5, 1, 0.5, 0.75];
  t.deepEqual(
    mix.rows?.map(({ lam }) => lam),
    lams,
  );
  t.is(mix.kind, 'rows');
  t.true(Math.abs(mix.lam - 0.7) < 1e-9);
});

test('elem: each image has a λ of its own and reads its partner as it came', (t) => {
  const images = Float32Array.of(0, 1, 2, 3);
  const targets = smoothTargets([0, 1, 0, 1], 2, 0.2);
  mixBatch({
    images,
    targets,
    shape: [4, 1, 1, 1],
    options: { ...base, cutmix: 0, probability: 0.5, mode: 'elem' },
    // The second is not mixed: its draw is not below the probability.
    rng: scripted({ uniforms: [0, 0, 0.5, 0, 0, 0, 0, 0], betas: [0.25, 0.5, 0] }),
  });
  t.true(near(images, [0.25 * 0 + 0.75 * 3, 1, 0.5 * 2 + 0.5 * 1, 0]));
  t.true(near(targets, [0.3, 0.7, 0.1, 0.9, 0.5, 0.5, 0.9, 0.1]));
});

test('elem: a box of its own for each image, pair: one box exchanged', (t) => {
  const before = Float32Array.from({ length: 2 * 16 }, (_, i) => i);
  const at = (image: number, y: number, x: number) => image * 16 + y * 4 + x;
  const run = (mode: 'pair' | 'elem', draws: Parameters<typeof scripted>[0]) => {
    const images = before.slice();
    const targets = Float32Array.of(1, 0, 0, 1);
    const { rows } = mixBatch({
      images,
      targets,
      shape: [2, 4, 4, 1],
      options: { ...base, mixup: 0, mode },
      rng: scripted(draws),
    });
    return { images, targets, rows };
  };
  // Sides ⌊4·√0.5⌋ = 2: rows and columns from the centre less 1.
  const elem = run('elem', { uniforms: [0, 0, 0, 0], betas: [0.5, 0.5], integers: [1, 1, 0, 3] });
  t.is(elem.images[at(0, 0, 0)], at(1, 0, 0));
  t.is(elem.images[at(0, 1, 1)], at(1, 1, 1));
  t.is(elem.images[at(0, 2, 2)], at(0, 2, 2));
  t.is(elem.images[at(1, 0, 3)], at(0, 0, 3), 'from the original, not from what the first became');
  t.is(elem.images[at(1, 1, 1)], at(1, 1, 1));
  t.deepEqual(elem.rows, [
    { kind: 'cutmix', lam: 0.75 },
    { kind: 'cutmix', lam: 1 - 2 / 16 },
  ]);
  t.true(near(elem.targets, [0.75, 0.25, 0.125, 0.875]));
  const pair = run('pair', { uniforms: [0, 0], betas: [0.5], integers: [1, 1] });
  for (const [y, x] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]) {
    t.is(pair.images[at(0, y, x)], at(1, y, x));
    t.is(pair.images[at(1, y, x)], at(0, y, x));
  }
  t.is(pair.images[at(0, 2, 1)], at(0, 2, 1));
  t.true(near(pair.targets, [0.75, 0.25, 0.25, 0.75]));
});

test('min-max: sides are drawn between shares of the image, the box lies inside, and λ is what it leaves', (t) => {
  // ⌊10·0.2⌋ = 2 and ⌊10·0.85⌋ = 8: heights 2 to 7; ⌊8·0.2⌋ = 1 and ⌊8·0.85⌋ = 6: widths 1 to 5.
  const asked: number[] = [];
  const rng = Object.assign(keyedRng(0), {
    integer: (below: number) => {
      asked.push(below);
      return below - 1;
    },
  });
  const box = drawCutmixBox(10, 8, 0.3, rng, { minmax: [0.2, 0.85] });
  t.deepEqual(asked, [6, 5, 3, 3]);
  t.deepEqual(box, { top: 2, bottom: 9, left: 2, right: 7, lam: 1 - 35 / 80 });
  t.notThrows(() => drawCutmixBox(2, 2, 0.3, keyedRng(0), { minmax: [0.9, 1] }), 'no whole number between');
});

test('min-max turns cutmix on where its alpha is 0, with α = 1 as in timm', (t) => {
  const alphas: number[] = [];
  const rng = Object.assign(keyedRng(3), {
    uniform: () => 0,
    beta: (a: number) => {
      alphas.push(a);
      return 0.5;
    },
  });
  const images = Float32Array.from({ length: 2 * 16 }, (_, i) => i);
  const mix = mixBatch({
    images,
    targets: Float32Array.of(1, 0, 0, 1),
    shape: [2, 4, 4, 1],
    options: { ...base, mixup: 0, cutmix: 0, cutmixMinmax: [0.25, 0.75] },
    rng,
  });
  t.is(mix.kind, 'cutmix');
  t.deepEqual(alphas, [1]);
});

test('margin: the centre keeps a share of the box from the border', (t) => {
  const asked: number[] = [];
  const rng = Object.assign(keyedRng(0), {
    integer: (below: number) => {
      asked.push(below);
      return 0;
    },
  });
  // Sides ⌊10·√0.75⌋ = 8 and ⌊6·√0.75⌋ = 5; 0.3 of them are 2 and 1.
  const box = drawCutmixBox(10, 6, 0.25, rng, { margin: 0.3 });
  t.deepEqual(asked, [6, 4]);
  t.deepEqual(box, { top: 0, bottom: 6, left: 0, right: 3, lam: 1 - 18 / 60 });
});

test('settings of mixing that cannot be are refused', (t) => {
  for (const given of [
    { mixMode: 'half' },
    { cutmixMinmax: [0.5, 0.5] },
    { cutmixMinmax: [0.2] },
    { cutmixMinmax: [-0.1, 0.5] },
    { cutmixMargin: 0.5 },
  ]) {
    t.false(runSettings.safeParse(given).success, JSON.stringify(given));
  }
  t.deepEqual(
    Object.keys(runSettings.parse({})).filter((key) => /mixM|cutmixM/.test(key)),
    [],
  );
});
