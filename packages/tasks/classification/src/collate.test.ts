import type { CollatedBatch, DataSource } from '@kdx/core';
import { runSettings } from '@kdx/core/run';
import { keyedRng } from '@kdx/tensor';
import test from 'ava';
import { classificationTask } from './index.js';

const K = 3;
const data = { labelNames: ['a', 'b', 'c'] } as unknown as DataSource;

/** Targets of eight images of 4×4×1, labels 0, 1, 2, 0, … */
function collated(given: Parameters<typeof runSettings.parse>[0] = {}) {
  const images = Float32Array.from({ length: 8 * 16 }, (_, i) => i / 128);
  const batch: CollatedBatch = {
    images,
    shape: [8, 4, 4, 1],
    labels: Int32Array.from({ length: 8 }, (_, row) => row % K),
    data,
    settings: runSettings.parse(given),
    rng: (purpose) => keyedRng(0, purpose),
  };
  return { targets: classificationTask.collate(batch), images };
}
const largest = (targets: Float32Array) =>
  Array.from({ length: 8 }, (_, row) => Math.max(...targets.subarray(row * K, row * K + K)));

test('without smoothing and mixing a target is its class alone, and images stay', (t) => {
  const { targets, images } = collated();
  t.deepEqual([...targets.subarray(0, 9)], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
  t.deepEqual(
    [...images],
    Array.from({ length: 128 }, (_, i) => i / 128),
  );
});

test('the share that smoothing takes goes to all classes, or to the others', (t) => {
  const values = (settings: object) =>
    [...new Set([...collated({ labelSmoothing: 0.3, ...settings }).targets].map((x) => x.toFixed(6)))].sort();
  t.deepEqual(values({}), ['0.100000', '0.800000']);
  t.deepEqual(values({ smoothingRule: 'others' }), ['0.150000', '0.700000']);
});

test('cutmixMinmax alone mixes, and mixMode reaches the mixing', (t) => {
  t.true(largest(collated({ cutmixMinmax: [0.3, 0.7] }).targets).some((value) => value < 1));
  // Of one λ for all, rows are λ, 1 − λ or (partners of one class) 1; with elem there are more values.
  const different = (mixMode?: 'elem') =>
    new Set(largest(collated({ mixup: 0.8, mixMode }).targets).map((x) => x.toFixed(4))).size;
  t.true(different('elem') > different());
});

test('what decides how images are mixed is told as data, and nothing where none is', (t) => {
  const mixing = (settings: object) => classificationTask.mixing?.(runSettings.parse(settings));
  t.is(mixing({ labelSmoothing: 0.1, mixSwitch: 0.1 }), null);
  t.is(mixing({ mixup: 0.5, mixProbability: 0 }), null);
  const told = [
    { mixup: 0.8 },
    { mixup: 0.7 },
    { mixup: 0.8, cutmix: 1 },
    { mixup: 0.8, mixProbability: 0.5 },
    { mixup: 0.8, mixSwitch: 0.4 },
    { mixup: 0.8, mixMode: 'elem' },
    { mixup: 0.8, cutmixMinmax: [0.2, 0.8] },
    { mixup: 0.8, cutmixMargin: 0.1 },
  ].map((settings) => JSON.stringify(mixing(settings)));
  t.is(new Set(told).size, told.length);
});
