import { type HeadRule } from '@kdx/core';
import { keyedRng } from '@kdx/tensor';
import test from 'ava';
import { fuseHeads } from './fuse-heads.js';
import { StreamingMetrics } from './metrics.js';

const code = (error: Error | undefined) => (error as { code?: string } | undefined)?.code;
const near = (actual: number, expected: number, tolerance = 1e-6) => Math.abs(actual - expected) <= tolerance;
const softmax = (row: readonly number[]) => {
  const exp = row.map(Math.exp);
  const sum = exp.reduce((total, e) => total + e, 0);
  return exp.map((e) => e / sum);
};

test('accuracy and cross-entropy of a batch that can be done by hand', (t) => {
  const metrics = new StreamingMetrics(3, { confusion: true });
  // G1 and G2 of the DeiT specification: CE of these two rows is 0.68485073.
  metrics.add(Float32Array.of(2, 0.5, -1, -0.2, 0.1, 0.4), [0, 1]);
  const { images, top1, top5, loss } = metrics.result();
  t.is(images, 2);
  t.is(top1, 50);
  t.is(top5, 100, 'top-5 of three classes is top-3');
  t.true(near(loss, 0.68485073));
  t.deepEqual(metrics.confusion(), [
    [1, 0, 0],
    [0, 0, 1],
    [0, 0, 0],
  ]);
});

test('top-5 counts the first five of ten', (t) => {
  const falling = Float32Array.from({ length: 10 }, (_, k) => -k);
  for (const [label, top5] of [
    [0, 100],
    [4, 100],
    [5, 0],
    [9, 0],
  ]) {
    const metrics = new StreamingMetrics(10);
    metrics.add(falling, [label]);
    t.is(metrics.result().top5, top5);
  }
});

test('of equal logits the lowest index wins', (t) => {
  const scores = [0, 1, 4, 5, 6].map((label) => {
    const metrics = new StreamingMetrics(7);
    metrics.add(new Float32Array(7), [label]);
    const { top1, top5 } = metrics.result();
    return [top1, top5];
  });
  t.deepEqual(scores, [
    [100, 100],
    [0, 100],
    [0, 100],
    [0, 0],
    [0, 0],
  ]);
});

test('calibration error against its definition, and batches of any size give one result', (t) => {
  const [B, K] = [400, 4];
  const rng = keyedRng(3, 'logits');
  const rows = Array.from({ length: B }, () =>
    Array.from({ length: K }, () => Math.fround(2 * rng.normal())),
  );
  const labels = rows.map(() => rng.integer(K));
  // Guo et al., equation 3, bin by bin.
  let expected = 0;
  for (let m = 1; m <= 15; m += 1) {
    const inBin = rows.flatMap((row, i) => {
      const p = softmax(row);
      const confidence = Math.max(...p);
      return confidence > (m - 1) / 15 && confidence <= m / 15
        ? [{ confidence, correct: Number(p.indexOf(confidence) === labels[i]) }]
        : [];
    });
    if (inBin.length === 0) continue;
    const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
    const gap = mean(inBin.map((x) => x.correct)) - mean(inBin.map((x) => x.confidence));
    expected += (inBin.length / B) * Math.abs(gap);
  }
  const whole = new StreamingMetrics(K);
  whole.add(Float32Array.from(rows.flat()), labels);
  t.true(near(whole.result().ece, expected, 1e-9));
  t.true(expected > 0.05);
  const streamed = new StreamingMetrics(K);
  for (let start = 0; start < B; start += 150) {
    streamed.add(Float32Array.from(rows.slice(start, start + 150).flat()), labels.slice(start, start + 150));
  }
  t.deepEqual(streamed.result(), whole.result());
});

test('a model that is sure and right is calibrated, one that is sure and wrong is not', (t) => {
  const right = new StreamingMetrics(2);
  right.add(Float32Array.of(100, 0), [0]);
  t.is(right.result().ece, 0);
  const wrong = new StreamingMetrics(2);
  wrong.add(Float32Array.of(100, 0), [1]);
  t.is(wrong.result().ece, 1);
  t.is(wrong.result().loss, 100);
});

test('huge logits do not overflow', (t) => {
  const metrics = new StreamingMetrics(2);
  metrics.add(Float32Array.of(1e4, 1e4), [0]);
  t.true(near(metrics.result().loss, Math.log(2)));
});

test('batches that cannot be scored are refused and not counted', (t) => {
  const metrics = new StreamingMetrics(2);
  t.is(code(t.throws(() => metrics.result(), { message: /No image/ })), 'KDX_NO_IMAGES');
  for (const bad of [Number.NaN, Infinity, -Infinity]) {
    const error = t.throws(() => metrics.add(Float32Array.of(0, 0, 0, bad), [0, 1], 'distillation'), {
      message: /"distillation" gives .* for class 1/,
    });
    t.is(code(error), 'KDX_NON_FINITE');
  }
  t.is(code(t.throws(() => metrics.add(Float32Array.of(0, 0, 0), [0, 1]))), 'KDX_BATCH_SHAPE');
  t.is(code(t.throws(() => metrics.add(Float32Array.of(0, 0), [2]))), 'KDX_LABEL_RANGE');
  t.throws(() => metrics.result(), { message: /No image/ });
  t.is(metrics.confusion(), undefined);
});

test('G4: the two fusions of DeiT disagree', (t) => {
  const heads = { class: Float32Array.of(5, 0, 0), distillation: Float32Array.of(-8, 1, 0) };
  const mean = fuseHeads('mean', heads, 3);
  t.deepEqual([...mean], [-1.5, 0.5, 0]);
  const logMean = fuseHeads('sum-softmax', heads, 3);
  const sums = [...logMean].map((value) => 2 * Math.exp(value));
  t.true([0.9867935, 0.73764098, 0.27556551].every((value, k) => near(sums[k], value)));
  const best = (logits: Float32Array) => logits.indexOf(Math.max(...logits));
  t.is(best(mean), 1);
  t.is(best(logMean), 0);
});

test('sum-softmax gives log-probabilities, row by row, so that loss and calibration make sense', (t) => {
  const heads = {
    class: Float32Array.of(1, 2, 3, 0, 0, 9),
    distillation: Float32Array.of(0, -1, 4, 2, 2, 2),
  };
  const fused = fuseHeads('sum-softmax', heads, 3);
  for (const row of [0, 3]) {
    const [a, b] = [heads.class, heads.distillation].map((z) => softmax([...z.subarray(row, row + 3)]));
    a.forEach((p, k) => {
      t.true(near(Math.exp(fused[row + k]), (p + b[k]) / 2));
    });
  }
  const far = fuseHeads(
    'sum-softmax',
    { class: Float32Array.of(0, 500), distillation: Float32Array.of(0, 500) },
    2,
  );
  t.true(near(far[0], -500), 'a probability that float32 cannot hold keeps its logarithm');
});

test('one head alone, by name', (t) => {
  const heads = { class: Float32Array.of(1, 2), distillation: Float32Array.of(3, 4) };
  t.is(fuseHeads('class', heads, 2), heads.class);
  t.is(fuseHeads('distillation', heads, 2), heads.distillation);
  t.deepEqual([...fuseHeads('mean', { class: heads.class }, 2)], [1, 2]);
});

test('a rule without its head, and a head that is not finite, are refused by name', (t) => {
  const only = { class: Float32Array.of(1, 2) };
  t.is(
    code(t.throws(() => fuseHeads('distillation', only, 2), { message: /model has class/ })),
    'KDX_HEAD_MISSING',
  );
  for (const rule of ['class', 'mean', 'sum-softmax'] as HeadRule[]) {
    const heads = { ...only, distillation: Float32Array.of(1, Number.NaN) };
    t.is(
      code(t.throws(() => fuseHeads(rule, heads, 2), { message: /"distillation" gives NaN/ })),
      'KDX_NON_FINITE',
    );
  }
});
