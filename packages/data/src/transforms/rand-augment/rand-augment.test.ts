import { keyedRng, type Rng } from '@kdx/tensor';
import test from 'ava';
import {
  applyOperation,
  type ByteImage,
  type DrawnOperation,
  drawOperations,
  OPERATION_NAMES,
  type OperationName,
  randAugment,
} from '../../index.js';
import { affine, rotation, shearX, shearY, translation } from './affine.js';

const grey = (rows: readonly (readonly number[])[]): ByteImage => ({
  height: rows.length,
  width: rows[0].length,
  channels: 1,
  data: Uint8Array.from(rows.flat()),
});

const apply = (
  image: ByteImage,
  name: OperationName,
  magnitude: number,
  sign: 1 | -1 = 1,
  increasing = true,
): number[] => [
  ...applyOperation(
    image,
    { name, magnitude, sign, interpolation: 'bilinear' },
    { increasing, fill: [7, 8, 9].slice(0, image.channels) },
  ).data,
];

test('tone operations have the values worked out by hand', (t) => {
  const tones = grey([[0, 25, 26, 100, 127, 128, 200, 255]]);
  t.deepEqual(apply(tones, 'Invert', 9), [255, 230, 229, 155, 128, 127, 55, 0]);
  // 4 − ⌊0.9 · 4⌋ = 1 bit; 10 leaves none; 0 leaves 4.
  t.deepEqual(apply(tones, 'Posterize', 9), [0, 0, 0, 0, 0, 128, 128, 128]);
  t.deepEqual(apply(tones, 'Posterize', 10), [0, 0, 0, 0, 0, 0, 0, 0]);
  t.deepEqual(apply(tones, 'Posterize', 0), [0, 16, 16, 96, 112, 128, 192, 240]);
  t.deepEqual(apply(tones, 'Posterize', 0, 1, false), [0, 0, 0, 0, 0, 0, 0, 0]);
  // 256 − ⌊0.9 · 256⌋ = 26.
  t.deepEqual(apply(tones, 'Solarize', 9), [0, 25, 229, 155, 128, 127, 55, 0]);
  t.deepEqual(apply(tones, 'Solarize', 0), [...tones.data]);
  t.deepEqual(apply(tones, 'Solarize', 5, 1, false), [0, 25, 26, 100, 127, 127, 55, 0]);
  // ⌊0.9 · 110⌋ = 99.
  t.deepEqual(apply(tones, 'SolarizeAdd', 9), [99, 124, 125, 199, 226, 128, 200, 255]);
  // 255 / 200 = 1.275: 63.75 and 127.5 lose their fractions.
  t.deepEqual(apply(grey([[50, 100, 150, 250]]), 'AutoContrast', 9), [0, 63, 127, 255]);
  t.deepEqual(apply(grey([[50, 50]]), 'AutoContrast', 9), [50, 50]);
});

test('equalize spreads the histogram, and leaves one of a single value alone', (t) => {
  const rows = (values: readonly number[], each: number) =>
    grey(values.map((value) => new Array<number>(each).fill(value)));
  // 768 of 1024 pixels are not the brightest: s = 3, and 1/3, 257/3, 513/3, 769/3 (cut to 255).
  t.deepEqual([...new Set(apply(rows([10, 20, 30, 40], 256), 'Equalize', 9))], [0, 85, 171, 255]);
  t.deepEqual([...new Set(apply(rows([10, 10], 256), 'Equalize', 9))], [10]);
  t.deepEqual(apply(rows([10, 90], 100), 'Equalize', 9), [...rows([10, 90], 100).data], 'too few pixels');
});

test('enhancements go both ways from the image', (t) => {
  const tones = grey([[0, 100, 200]]);
  t.deepEqual(apply(tones, 'Brightness', 10), [0, 190, 255]);
  t.deepEqual(apply(tones, 'Brightness', 10, -1), [0, 10, 20]);
  t.deepEqual(apply(tones, 'Brightness', 0), [0, 100, 200]);
  t.deepEqual(apply(tones, 'Brightness', 0, 1, false), [0, 10, 20]);
  // About the mean, 100.
  t.deepEqual(apply(tones, 'Contrast', 10), [0, 100, 255]);
  t.deepEqual(apply(tones, 'Contrast', 10, -1), [90, 100, 110]);
  // The grey of pure red is 0.299 · 255 = 76; 76 + 0.1 · 179 = 93.9 and 76 − 7.6 = 68.4.
  const red: ByteImage = { height: 1, width: 1, channels: 3, data: Uint8Array.of(255, 0, 0) };
  t.deepEqual(apply(red, 'Color', 10, -1), [93, 68, 68]);
  t.deepEqual(apply(red, 'Color', 10), [255, 0, 0]);
  // Smooth, the middle is 5 · 130 / 13 = 50: 50 ± … (130 − 50).
  const dot = grey([
    [0, 0, 0],
    [0, 130, 0],
    [0, 0, 0],
  ]);
  t.is(apply(dot, 'Sharpness', 10)[4], 202);
  t.is(apply(dot, 'Sharpness', 10, -1)[4], 58);
  t.is(apply(dot, 'Sharpness', 10)[0], 0);
});

test('translations move left and up, by parts of pixels too', (t) => {
  const row = grey([[10, 20, 30, 40]]);
  t.deepEqual([...affine(row, translation(1, 0), 'bilinear', [7]).data], [20, 30, 40, 7]);
  t.deepEqual([...affine(row, translation(-1, 0), 'bicubic', [7]).data], [7, 10, 20, 30]);
  t.deepEqual([...affine(row, translation(0.5, 0), 'bilinear', [7]).data], [15, 25, 35, 7]);
  // −0.125, 0.625, 0.625, −0.125 with the edge repeated: 13.75, 25, 36.25.
  t.deepEqual([...affine(row, translation(0.5, 0), 'bicubic', [7]).data], [13, 25, 36, 7]);
  t.deepEqual([...affine(grey([[10], [20]]), translation(0, 1), 'bicubic', [7]).data], [20, 7]);
  // 0.45 · 9/10 of 100 columns is 40.5; of 2 rows 0.81. A centre on the edge is inside.
  const wide = grey([Array.from({ length: 100 }, (_, x) => 2 * x)]);
  t.is(apply(wide, 'TranslateXRel', 9)[0], 81);
  t.deepEqual(apply(wide, 'TranslateXRel', 9, -1).slice(38, 44), [7, 7, 0, 1, 3, 5]);
  t.is(apply(grey([[0], [100]]), 'TranslateYRel', 9)[0], 81);
});

test('shears lean rows and columns from the corner, with pixels at their centres', (t) => {
  const rows = grey([
    [10, 20, 30, 40],
    [10, 20, 30, 40],
  ]);
  // Row y moves left by y + 0.5.
  t.deepEqual([...affine(rows, shearX(1), 'bilinear', [7]).data], [15, 25, 35, 7, 25, 35, 7, 7]);
  const columns = grey([
    [10, 10],
    [20, 20],
    [30, 30],
  ]);
  t.deepEqual([...affine(columns, shearY(1), 'bilinear', [7]).data], [15, 25, 25, 7, 7, 7]);
});

test('rotations are counterclockwise about the middle', (t) => {
  const square = grey([
    [50, 100],
    [150, 200],
  ]);
  const turned = affine(square, rotation(90, square), 'bilinear', [7]);
  // Rounding of the cosine may cost a step.
  for (const [i, value] of [100, 200, 50, 150].entries()) t.true(Math.abs(turned.data[i] - value) <= 1);
  const oblong = grey([[1, 2, 3, 4]]);
  t.deepEqual([...affine(oblong, rotation(0, oblong), 'bicubic', [7]).data], [1, 2, 3, 4]);
});

test('a flat image stays flat under every map', (t) => {
  const flat = grey(Array.from({ length: 9 }, () => new Array<number>(7).fill(77)));
  for (const interpolation of ['bilinear', 'bicubic'] as const) {
    for (const degrees of [3, 17.3, -29]) {
      const { data } = affine(flat, rotation(degrees, flat), interpolation, [77]);
      t.true(data.every((value) => value === 77));
    }
  }
});

/** A generator whose uniforms, integers and normals are given, in the order they are drawn. */
function scripted(draws: readonly number[]): Rng {
  const queue = [...draws];
  const next = (): number => {
    const value = queue.shift();
    if (value === undefined) throw new Error('one draw too many');
    return value;
  };
  return { ...keyedRng(0, 'unused'), uniform: next, integer: next, normal: next };
}

test('each layer draws an operation, whether, how strongly, which way and how smoothly', (t) => {
  const drawn = drawOperations({}, scripted([3, 0.49, 1, 0.5, 0.5, 0, 0.5]));
  t.deepEqual(drawn, [{ name: 'Rotate', magnitude: 9.5, sign: -1, interpolation: 'bicubic' }]);
  const strong = drawOperations({ layers: 1 }, scripted([11, 0, 3, 0.49, 0.49]));
  t.deepEqual(strong, [{ name: 'ShearX', magnitude: 10, sign: 1, interpolation: 'bilinear' }]);
  const weak = { layers: 1, magnitude: 1, magnitudeStd: 1, probability: 1 } as const;
  t.is(drawOperations(weak, scripted([0, 0.99, -2, 0, 0]))[0].magnitude, 0);
  const smooth = { layers: 1, interpolation: 'bilinear' } as const;
  t.is(drawOperations(smooth, scripted([0, 0, 0, 0, 0.9]))[0].interpolation, 'bilinear');
});

test('all 15 operations are as likely, applied half of the time, at magnitudes of N(9, 0.5) below 10', (t) => {
  t.is(OPERATION_NAMES.length, 15);
  const images = 15_000;
  const drawn: DrawnOperation[] = [];
  for (let key = 0; key < images; key += 1) drawn.push(...drawOperations({}, keyedRng(1, key)));
  t.true(Math.abs(drawn.length / images - 1) < 4 * Math.sqrt(0.5 / images));
  const expected = drawn.length / 15;
  const statistic = OPERATION_NAMES.reduce((sum, name) => {
    const count = drawn.filter((operation) => operation.name === name).length;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  t.true(statistic < 42.6); // 14 degrees of freedom, 1 in 10 000
  const share = (holds: (operation: DrawnOperation) => boolean) => drawn.filter(holds).length / drawn.length;
  const near = (found: number, probability: number) =>
    t.true(
      Math.abs(found - probability) < 4 * Math.sqrt((probability * (1 - probability)) / drawn.length),
      `${found}, not ${probability}`,
    );
  near(
    share(({ sign }) => sign === 1),
    0.5,
  );
  near(
    share(({ interpolation }) => interpolation === 'bicubic'),
    0.5,
  );
  // Φ(−2) are cut to 10, Φ(0) lie below 9, Φ(−1) below 8.5.
  near(
    share(({ magnitude }) => magnitude === 10),
    0.02275,
  );
  near(
    share(({ magnitude }) => magnitude < 9),
    0.5,
  );
  near(
    share(({ magnitude }) => magnitude < 8.5),
    0.15866,
  );
});

const statistics = { mean: [0.5, 0.25, 0.1], std: [1, 1, 1] };
const picture = (value: (i: number) => number = (i) => (i % 251) / 255) => ({
  height: 12,
  width: 12,
  channels: 3,
  data: Float32Array.from({ length: 12 * 12 * 3 }, (_, i) => value(i)),
});

test('images that were 8-bit stay so, and others are only rounded when something is done to them', (t) => {
  const transform = randAugment({ statistics });
  const rare = randAugment({ probability: 0, statistics });
  for (let key = 0; key < 40; key += 1) {
    const image = picture();
    transform.apply(image, keyedRng(2, key));
    t.true(image.data.every((x) => x === Math.fround(Math.round(255 * x) / 255)));
  }
  const fine = picture((i) => (i * 0.618) % 1);
  const before = fine.data.slice();
  rare.apply(fine, keyedRng(0));
  t.deepEqual(fine.data, before);
});

test('what comes in from outside is the mean of the data', (t) => {
  const shifts = drawOperations({ layers: 1, probability: 1 }, scripted([13, 0, 0, 0, 0]));
  t.is(shifts[0].name, 'TranslateXRel');
  const image = picture(() => 1);
  randAugment({ layers: 1, probability: 1, statistics }).apply(image, scripted([13, 0, 0, 0, 0]));
  t.deepEqual(
    [...image.data.subarray(33, 36)],
    [128, 64, 26].map((x) => Math.fround(x / 255)),
  );
  t.deepEqual([...image.data.subarray(0, 3)], [1, 1, 1]);
});

test('a key decides what happens, whatever happened before', (t) => {
  const transform = randAugment({ statistics });
  const augmented = (key: number): string => {
    const image = picture();
    transform.apply(image, keyedRng(3, 'augment', 0, key));
    return image.data.join();
  };
  const keys = Array.from({ length: 20 }, (_, key) => key);
  const forwards = keys.map(augmented);
  t.deepEqual(keys.toReversed().map(augmented).toReversed(), forwards);
  t.true(new Set(forwards).size > 12);
});

test('images that RandAugment cannot take are refused', (t) => {
  const always = randAugment({ probability: 1, statistics });
  for (const wrong of [Number.NaN, 1.2, -0.1]) {
    t.throws(
      () =>
        always.apply(
          picture((i) => (i === 5 ? wrong : 0.5)),
          keyedRng(0),
        ),
      {
        code: 'KDX_DATA_AUGMENT',
        message: new RegExp(`takes pixels in \\[0, 1\\] and met ${wrong}.*name erase after it`),
      },
    );
  }
  const four = { height: 1, width: 1, channels: 4, data: new Float32Array(4) };
  const told = randAugment({ statistics: { mean: [0, 0, 0, 0], std: [1, 1, 1, 1] } });
  t.throws(() => told.apply(four, keyedRng(0)), { message: /grey or RGB images, and these have 4 channels/ });
});
