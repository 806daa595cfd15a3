import test from 'ava';
import {
  cutmixBox,
  isKdxError,
  keyedRng,
  type MixOptions,
  mixBatch,
  type Rng,
  smoothTargets,
} from '../index.js';

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
