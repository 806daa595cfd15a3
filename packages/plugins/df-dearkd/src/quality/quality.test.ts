import { type Model } from '@kdx/core';
import { normalizeImages } from '@kdx/core/run';
import { fromArrays } from '@kdx/data';
import { model } from '@kdx/models';
import { keyedRng } from '@kdx/tensor';
import { near } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { batchNormDistance, batchNormsOf } from '../synthesis/losses/batch-norm-distance.js';
import { asManyOfEachClass, classBalance } from './class-balance.js';
import { featureDiversity, spreadOverClasses } from './feature-diversity.js';
import { measurePool } from './measure-pool.js';
import { recognition, scoresOf } from './scores.js';
import { momentsDistance, StreamingMoments } from './streaming-moments.js';

test.before(() => tf.setBackend('cpu'));

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('moments of batches are those of all values, however they are cut and far from 0', (t) => {
  const rng = keyedRng(0, 'values');
  const values = Array.from({ length: 60 }, () => 1e4 + rng.normal());
  const variance = (some: readonly number[]) => mean(some.map((value) => (value - mean(some)) ** 2));
  for (const cuts of [[60], [1, 59], [7, 30, 23], Array<number>(60).fill(1)]) {
    const moments = new StreamingMoments(2);
    let start = 0;
    for (const count of cuts) {
      const part = values.slice(start, start + count);
      const scaled = part.map((value) => -3 * value);
      moments.add(count, [mean(part), mean(scaled)], [variance(part), variance(scaled)]);
      start += count;
    }
    const result = moments.result();
    t.true(near([...result.mean], [mean(values), -3 * mean(values)], 1e-7));
    t.true(near([...result.variance], [variance(values), 9 * variance(values)], 1e-7));
  }
});

test('G14: the distance of moments is that of R_BN', (t) => {
  const distance = momentsDistance(
    { mean: [4, 1.5], variance: [5, 2.75] },
    { mean: [3, 1], variance: [4, 2] },
  );
  t.true(near(distance, 2.36803399));
  t.is(momentsDistance({ mean: [1], variance: [2] }, { mean: [1], variance: [2] }), 0);
});

test('class balance counts classes without images', (t) => {
  t.deepEqual(classBalance([0, 1, 2, 0, 1, 2], 3), { min: 2, mean: 2, max: 2, entropy: 1 });
  t.deepEqual(classBalance([1, 1, 1], 4), { min: 0, mean: 0.75, max: 3, entropy: 0 });
  t.is(classBalance([0, 0], 1).entropy, 1);
  // Shares 3/4 and 1/4: their entropy is log 4 − 3/4 log 3.
  const { entropy } = classBalance([0, 0, 0, 1], 2);
  t.true(near([entropy], [(Math.log(4) - 0.75 * Math.log(3)) / Math.log(2)], 1e-12));
});

test('G17: pairwise distances of unit features within and between classes', (t) => {
  const angles = [0, 0.2, 0.5, Math.PI / 2, 1.8];
  // Lengths do not matter.
  const features = Float32Array.from(
    angles.flatMap((angle, i) => [(i + 1) * Math.cos(angle), (i + 1) * Math.sin(angle)]),
  );
  const { within, between } = featureDiversity(features, [0, 0, 0, 1, 1]);
  t.true(near([within ?? 0], [mean([0.19966683, 0.49480792, 0.29887626, 0.22870229])]));
  const pairs = [Math.SQRT2, 1.26596261, 1.02036705, 1.56665382, 1.43471218, 1.21037281];
  t.true(near([between ?? 0], [mean(pairs)]));
  t.deepEqual(featureDiversity(Float32Array.of(1, 0, 0, 2), [0, 1]).within, undefined);
  t.deepEqual(featureDiversity(Float32Array.of(1, 0, 0, 0), [0, 0]), { within: 1, between: undefined });
});

test('images to compare are spread over the classes', (t) => {
  const labels = [0, 0, 0, 1, 2, 2, 0, 1];
  t.deepEqual([...spreadOverClasses(labels, 3)], [0, 3, 4]);
  t.deepEqual([...spreadOverClasses(labels, 5)], [0, 1, 3, 4, 5]);
  t.deepEqual([...spreadOverClasses(labels, 99)], [0, 1, 2, 3, 4, 5, 6, 7]);
});

test('scores are the softmax, of huge logits too', (t) => {
  const logits = Float32Array.from([Math.log(1), Math.log(4), Math.log(3), 1000, 0, 1000]);
  const [first, second] = scoresOf(logits, [2, 2]);
  t.true(near([first.target, first.confidence], [3 / 8, 4 / 8], 1e-6));
  t.is(first.top1, 1);
  t.deepEqual(second, { target: 0.5, top1: 0, confidence: 0.5 });
  t.deepEqual(recognition([first, second], [1, 2]).accuracy, 0.5);
  t.throws(() => scoresOf(Float32Array.of(0, Number.NaN), [0]), { code: 'KDX_NON_FINITE' });
});

const SIZE = [8, 8, 3] as const;

/** A small network whose every number is random, so that no batch norm is the identity. */
async function network(seed: number): Promise<Model> {
  const built = await model('convnet?width=3&stages=2').build({
    classes: 3,
    imageSize: SIZE,
    mean: [0.5, 0.4, 0.3],
    std: [0.2, 0.25, 0.3],
  });
  for (const [name, { variable }] of [...built.parameters, ...built.buffers]) {
    const rng = keyedRng(seed, name);
    const value = () => (name.endsWith('var') ? 0.5 + rng.uniform() : rng.normal());
    tf.tidy(() =>
      variable.assign(tf.tensor(Float32Array.from({ length: variable.size }, value), variable.shape)),
    );
  }
  return built;
}

function images(count: number, seed: number) {
  const rng = keyedRng(seed, 'images');
  const pixels = Uint8Array.from({ length: count * 192 }, () => rng.integer(256));
  const labels = Array.from({ length: count }, (_, i) => (i + (i >> 2)) % 3);
  const source = fromArrays({ images: pixels, labels, imageSize: SIZE, labelNames: ['a', 'b', 'c'] });
  const batch = () =>
    tf.tensor4d(
      Float32Array.from(pixels, (value) => value / 255),
      [count, ...SIZE],
    );
  return { source, labels, batch };
}

/** The same figures from one forward of all images. */
function reference(network: Model, { batch, labels }: ReturnType<typeof images>) {
  return tf.tidy(() => {
    const layers = batchNormsOf(network);
    const x = normalizeImages(batch(), network.spec);
    const output = network.forward(x, { training: false, taps: [...layers.map(({ tap }) => tap), 'pooled'] });
    const probabilities = (tf.softmax(output.logits) as tf.Tensor2D).arraySync();
    const u = output.taps.pooled as tf.Tensor2D;
    const unit = tf.div(u, tf.norm(u, 2, 1, true)) as tf.Tensor2D;
    // ‖a − b‖² = 2 − 2·cos, another way to the distance than the code's.
    const cosine = (tf.matMul(unit, unit, false, true) as tf.Tensor2D).arraySync();
    const distances = (same: boolean) =>
      labels.flatMap((a, i) =>
        labels.flatMap((b, j) => (i < j && (a === b) === same ? [Math.sqrt(2 - 2 * cosine[i][j])] : [])),
      );
    return {
      recognition: [
        mean(probabilities.map((row, i) => (row.indexOf(Math.max(...row)) === labels[i] ? 1 : 0))),
        mean(probabilities.map((row, i) => row[labels[i]])),
        mean(probabilities.map((row) => Math.max(...row))),
      ],
      diversity: [mean(distances(true)), mean(distances(false))],
      batchNorm: batchNormDistance(output.taps, layers, { firstMultiplier: 1 }).arraySync(),
      moments: layers
        .map(({ tap }) => tf.moments(output.taps[tap], [0, 1, 2]))
        .map((moments) => ({
          mean: [...moments.mean.dataSync()],
          variance: [...moments.variance.dataSync()],
        })),
    };
  });
}

test('measured in batches a pool is what one forward of all images gives', async (t) => {
  const [inverted, verifier] = [await network(1), await network(2)];
  const [made, real] = [images(11, 3), images(11, 4)];
  const before = tf.memory().numTensors;
  const options = { inverted, verifier, real: real.source, batch: 4 };
  const quality = await measurePool(made.source, options);
  t.is(tf.memory().numTensors, before);

  const [ofMade, ofReal] = [reference(inverted, made), reference(inverted, real)];
  const flat = ({
    accuracy,
    target,
    confidence,
  }: {
    accuracy: number;
    target: number;
    confidence: number;
  }) => [accuracy, target, confidence];
  t.true(near(flat(quality.inverted), ofMade.recognition, 1e-5));
  t.true(near(flat(quality.verifier!), reference(verifier, made).recognition, 1e-5));
  t.true(near([quality.diversity.within!, quality.diversity.between!], ofMade.diversity, 1e-4));
  t.true(near([quality.batchNormDistance!], [ofMade.batchNorm], 1e-4));
  t.deepEqual([quality.images, quality.balance], [11, classBalance(made.labels, 3)]);

  t.true(near(flat(quality.real!.inverted), ofReal.recognition, 1e-5));
  t.true(near(flat(quality.real!.verifier!), reference(verifier, real).recognition, 1e-5));
  t.true(near([quality.real!.batchNormDistance!], [ofReal.batchNorm], 1e-4));
  const norm = (a: number[], b: number[]) => Math.hypot(...a.map((value, i) => value - b[i]));
  const toReal = ofMade.moments.map(
    (layer, i) => norm(layer.mean, ofReal.moments[i].mean) + norm(layer.variance, ofReal.moments[i].variance),
  );
  t.true(near([quality.batchNormDistanceToReal!], [toReal.reduce((a, b) => a + b)], 1e-4));

  // One image more in the forward, or fewer to compare, changes nothing but the comparison.
  const whole = await measurePool(made.source, { inverted, comparedImages: 3 });
  t.true(near([whole.batchNormDistance!], [quality.batchNormDistance!], 1e-5));
  t.is(whole.diversity.within, undefined);
  t.is(whole.verifier, undefined);
  t.is(whole.real, undefined);
});

test('real images are as many of each class as there are made ones', async (t) => {
  const inverted = await network(1);
  const labels = [0, 1, 2, 0, 1, 2, 0, 1, 2];
  const real = fromArrays({
    images: new Uint8Array(9 * 192),
    labels,
    imageSize: SIZE,
    labelNames: ['a', 'b', 'c'],
    std: [1, 1, 1],
  });
  const { real: measured } = await measurePool(images(3, 3).source, { inverted, real });
  t.deepEqual(measured?.balance, { min: 1, mean: 1, max: 1, entropy: 1 });
  // Two of each class in the pool: with even steps through the whole only two classes would have been met.
  t.deepEqual([...asManyOfEachClass(labels, [2, 0, 2])], [0, 2, 5]);
  t.deepEqual([...asManyOfEachClass(labels, [1, 1, 1, 1])], [1, 4, 7]);
});

test('a network without batch norms has no statistics to be far from', async (t) => {
  const vit = await model('deit_tiny_patch16_224?img=8&patch=4&depth=1&dim=8&heads=2').build({
    classes: 3,
    imageSize: SIZE,
  });
  const quality = await measurePool(images(4, 3).source, { inverted: vit, real: images(4, 4).source });
  t.is(quality.batchNormDistance, undefined);
  t.is(quality.batchNormDistanceToReal, undefined);
  t.true((quality.diversity.between ?? 0) > 0);
});

test('a network of other images or classes is refused', async (t) => {
  const inverted = await network(1);
  const verifier = await model('convnet?width=2&stages=1').build({ classes: 4, imageSize: SIZE });
  const small = await model('convnet?width=2&stages=1').build({ classes: 3, imageSize: [4, 4, 3] });
  const made = images(3, 3).source;
  await t.throwsAsync(measurePool(made, { inverted, verifier }), {
    code: 'KDX_POOL_MODEL',
    message: /knows 4 classes, and the images have 3/,
  });
  await t.throwsAsync(measurePool(made, { inverted: small }), {
    code: 'KDX_POOL_MODEL',
    message: /takes images of 4×4×3, and these are 8×8×3/,
  });
});
