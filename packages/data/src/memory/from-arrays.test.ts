import test from 'ava';
import { flip, fromArrays, measureStatistics } from '../index.js';

const two = { imageSize: [1, 2, 1], labelNames: ['dark', 'light'] } as const;

test('bytes and the floats they stand for are the same images', async (t) => {
  const bytes = Uint8Array.from([0, 51, 102, 255]);
  const floats = Float32Array.from(bytes, (v) => v / 255);
  const out = new Float32Array(2);
  for (const images of [bytes, floats]) {
    const data = fromArrays({ ...two, images, labels: [0, 1] });
    await data.train.read(1, out);
    t.deepEqual([...out], [Math.fround(102 / 255), 1]);
    t.deepEqual(Array.from(data.train.labels), [0, 1]);
    t.true(Math.abs(data.mean[0] - (0 + 51 + 102 + 255) / 4 / 255) < 1e-7);
    t.is(data.validation, undefined);
    t.deepEqual(data.augment, []);
  }
});

test('statistics are per channel, of the population, and those given win', async (t) => {
  // Channel 0: 0, 0.5, 1, 0.5; channel 1: 0.25 and 0.75 alternating.
  const images = Float32Array.of(0, 0.25, 0.5, 0.75, 1, 0.25, 0.5, 0.75);
  const options = { images, labels: [0, 0], imageSize: [1, 2, 2], labelNames: ['one'] } as const;
  const data = fromArrays(options);
  t.deepEqual([...data.mean], [0.5, 0.5]);
  t.deepEqual([...data.std], [Math.sqrt(0.125), 0.25]);
  t.deepEqual(await measureStatistics(data.train, [1, 2, 2]), { mean: data.mean, std: data.std });
  const given = fromArrays({ ...options, mean: [0.1, 0.2], std: [1, 2] });
  t.deepEqual(
    [given.mean, given.std],
    [
      [0.1, 0.2],
      [1, 2],
    ],
  );
});

test('splits and transforms are those given', async (t) => {
  const data = fromArrays({
    ...two,
    name: 'mine',
    images: Uint8Array.of(0, 9),
    labels: [0],
    validation: { images: Uint8Array.of(51, 0), labels: [1] },
    test: { images: Float32Array.of(1, 0), labels: [1] },
    augment: [flip()],
  });
  const out = new Float32Array(2);
  await data.validation!.read(0, out);
  t.is(out[0], Math.fround(0.2));
  await data.test!.read(0, out);
  t.is(out[0], 1);
  t.is(data.name, 'mine');
  t.is(data.augment[0].name, 'flip(0.5)');
});

test('the digest follows images, labels and names', (t) => {
  const digest = (images: number[], labels: number[], labelNames = ['a', 'b']) =>
    fromArrays({ images: Uint8Array.from(images), labels, labelNames, imageSize: [1, 1, 1] }).digest;
  t.is(digest([1, 2], [0, 1]), digest([1, 2], [0, 1]));
  const all = [
    digest([1, 2], [0, 1]),
    digest([1, 3], [0, 1]),
    digest([1, 2], [1, 1]),
    digest([1, 2], [0, 1], ['a', 'c']),
  ];
  t.is(new Set(all).size, 4);
});

test('pixels that are no numbers in [0, 1] are told with their image', (t) => {
  for (const bad of [Number.NaN, Infinity, -Infinity, -0.01, 1.5, 255]) {
    t.throws(() => fromArrays({ ...two, images: Float32Array.of(0, 1, 0.5, bad), labels: [0, 1] }), {
      code: 'KDX_DATA_NAN',
      message: new RegExp(`^Image 1 of the training images of "memory" holds the value ${Math.fround(bad)},`),
    });
  }
  const test = { images: Float32Array.of(Number.NaN, 0), labels: [0] };
  t.throws(() => fromArrays({ ...two, images: Uint8Array.of(0, 1), labels: [0], test }), {
    message: /^Image 0 of the test images/,
  });
});

test('labels that are no classes are told with their record', (t) => {
  for (const bad of [2, -1, 0.5, Number.NaN]) {
    t.throws(() => fromArrays({ ...two, images: Uint8Array.of(0, 1, 2, 3), labels: [0, bad] }), {
      code: 'KDX_DATA_LABEL',
      message: new RegExp(`^Record 1 of the training images of "memory" has label ${bad}, .* 0 to 1;`),
    });
  }
});

test('arrays whose lengths do not fit are refused', (t) => {
  const code = 'KDX_DATA_SHAPE';
  const images = Uint8Array.of(0, 1, 2);
  t.throws(() => fromArrays({ ...two, images, labels: [0] }), {
    code,
    message: /length 3, but 1 labels × 1 × 2 × 1/,
  });
  t.throws(() => fromArrays({ ...two, images: new Uint8Array(0), labels: [] }), {
    code,
    message: /at least one image/,
  });
  t.throws(() => fromArrays({ ...two, images: Uint8Array.of(0, 1), labels: [0], mean: [0, 0] }), {
    code,
    message: /The mean of "memory" has length 2, but 1, one number per channel/,
  });
});

test('images that cannot be normalised are refused', (t) => {
  const images = Uint8Array.of(7, 7);
  const code = 'KDX_DATA_STATISTICS';
  t.throws(() => fromArrays({ ...two, images, labels: [0] }), {
    code,
    message: /channel 0 has mean .* and std 0; give/,
  });
  t.notThrows(() => fromArrays({ ...two, images, labels: [0], mean: [0.5], std: [0.5] }));
  t.throws(() => fromArrays({ ...two, images, labels: [0], mean: [0.5], std: [-1] }), { code });
});
