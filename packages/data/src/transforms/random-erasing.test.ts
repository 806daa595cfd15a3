import { type Image, type Normalization } from '@kdx/core';
import { keyedRng, type Rng } from '@kdx/tensor';
import test from 'ava';
import { fromArrays, parseTransforms, randomErasing, resolveData, shapes, tellStatistics } from '../index.js';

const statistics: Normalization = { mean: [0.5, 0.25, 0.75], std: [0.5, 0.125, 0.25] };
const original = (size = 10, channels = 3): Image => ({
  height: size,
  width: size,
  channels,
  data: Float32Array.from({ length: size * size * channels }, (_, i) => (i % 97) / 97),
});

interface Draws {
  readonly uniforms: readonly number[];
  readonly integers?: readonly number[];
  readonly normals?: readonly number[];
}

/** A generator whose numbers are given, and whether all were drawn. */
function scripted({ uniforms, integers = [], normals = [] }: Draws): Rng & { left(): number } {
  const queues = [[...uniforms], [...integers], [...normals]];
  const next = (queue: number[]): number => {
    const value = queue.shift();
    if (value === undefined) throw new Error('one draw too many');
    return value;
  };
  return {
    ...keyedRng(0, 'unused'),
    uniform: () => next(queues[0]),
    integer: () => next(queues[1]),
    normal: () => next(queues[2]),
    left: () => queues.flat().length,
  };
}

/** Places that differ from {@link original}, as `y,x`. */
function changed({ width, channels, data }: Image): string[] {
  const { data: before } = original(width, channels);
  const places = [...data.keys()].filter((i) => data[i] !== before[i]).map((i) => Math.floor(i / channels));
  return [...new Set(places)].map((place) => `${Math.floor(place / width)},${place % width}`);
}

const square = (top: number, left: number, side: number): string[] =>
  Array.from({ length: side * side }, (_, i) => `${top + Math.floor(i / side)},${left + (i % side)}`);

// Middle draws: area 100 · (0.02 + (1/3 − 0.02) / 2) = 17.7, aspect 1, so 4.2 rounded, 4×4.
const MIDDLE = [0.1, 0.5, 0.5];

test('the rectangle worked out by hand is filled with the mean', (t) => {
  const image = original();
  const rng = scripted({ uniforms: MIDDLE, integers: [6, 2] });
  randomErasing({ mode: 'const', statistics }).apply(image, rng);
  t.is(rng.left(), 0);
  t.deepEqual(changed(image), square(6, 2, 4));
  t.deepEqual(
    [...image.data.subarray((6 * 10 + 2) * 3, (6 * 10 + 4) * 3)],
    [0.5, 0.25, 0.75, 0.5, 0.25, 0.75],
  );
});

test('noise is mean + std · z, of each pixel or of the rectangle', (t) => {
  const z = Array.from({ length: 48 }, (_, i) => (i - 20) / 8);
  const pixel = original();
  randomErasing({ statistics }).apply(pixel, scripted({ uniforms: MIDDLE, integers: [0, 0], normals: z }));
  const expected = z.map((value, i) => Math.fround(statistics.mean[i % 3] + statistics.std[i % 3] * value));
  const found = [0, 1, 2, 3].flatMap((y) => [...pixel.data.subarray(y * 30, y * 30 + 12)]);
  t.deepEqual(found, expected);

  const one = original();
  const rng = scripted({ uniforms: MIDDLE, integers: [0, 0], normals: [1, -2, 4] });
  randomErasing({ mode: 'rand', statistics }).apply(one, rng);
  t.is(rng.left(), 0);
  for (const y of [0, 1, 2, 3]) {
    t.deepEqual(
      [...one.data.subarray(y * 30, y * 30 + 12)],
      [1, 2, 3, 4].flatMap(() => [1, 0, 1.75]),
    );
  }
});

test('tall and wide rectangles are height over width', (t) => {
  // Area 100 · 0.02 = 2, aspect 1/0.3 = 3.33: √6.67 = 2.58 → 3 high, √0.6 = 0.77 → 1 wide.
  const options = { mode: 'const', statistics } as const;
  const tall = original();
  randomErasing(options).apply(tall, scripted({ uniforms: [0, 0, 1], integers: [7, 9] }));
  t.deepEqual(changed(tall), ['7,9', '8,9', '9,9']);
  const wide = original();
  randomErasing(options).apply(wide, scripted({ uniforms: [0, 0, 0], integers: [9, 7] }));
  t.deepEqual(changed(wide), ['9,7', '9,8', '9,9']);
});

test('one too large for the image is drawn again, ten times at most', (t) => {
  // Area 33.3 and aspect 3.33: √111 = 10.5 → 11 rows of 10.
  const tooLarge = [1, 1];
  const again = original();
  const rng = scripted({
    uniforms: [0, ...tooLarge, ...tooLarge, 0.5, 0.5],
    integers: [1, 1],
  });
  randomErasing({ mode: 'const', statistics }).apply(again, rng);
  t.deepEqual(changed(again), square(1, 1, 4));

  const never = original();
  const attempts = scripted({ uniforms: [0, ...Array.from({ length: 10 }, () => tooLarge).flat()] });
  randomErasing({ mode: 'const', statistics }).apply(never, attempts);
  t.is(attempts.left(), 0);
  t.deepEqual(changed(never), []);
  // As in timm a rectangle is smaller than the image on both sides: a 1×1 image is never erased.
  const dot = original(1);
  randomErasing({ probability: 1, statistics }).apply(dot, keyedRng(0));
  t.deepEqual(changed(dot), []);
});

test('an image is left alone unless its draw is below p', (t) => {
  const image = original();
  randomErasing({ probability: 0.25, statistics }).apply(image, scripted({ uniforms: [0.25] }));
  t.deepEqual(changed(image), []);
});

test('erasing before normalisation is timm’s erasing with N(0, 1) after it', (t) => {
  const transform = randomErasing({ probability: 1, statistics });
  for (let key = 0; key < 20; key += 1) {
    const image = original(12);
    transform.apply(image, keyedRng(1, key));
    const ours = image.data.map((x, i) => (x - statistics.mean[i % 3]) / statistics.std[i % 3]);
    // Second implementation: statistics that change nothing, on the normalised image.
    const normalised = original(12);
    normalised.data.forEach((x, i) => {
      normalised.data[i] = (x - statistics.mean[i % 3]) / statistics.std[i % 3];
    });
    const unit = { mean: [0, 0, 0], std: [1, 1, 1] };
    randomErasing({ probability: 1, statistics: unit }).apply(normalised, keyedRng(1, key));
    t.true(ours.every((value, i) => Math.abs(value - normalised.data[i]) < 1e-5));
  }
});

test('a quarter of images is erased, by a share between 2 % and a third, anywhere, with noise of N(0, 1)', (t) => {
  const transform = randomErasing({ statistics: { mean: [0.5], std: [0.25] } });
  const [side, images] = [32, 4000];
  let [erased, sum, squares, pixels] = [0, 0, 0, 0];
  const shares: number[] = [];
  const corners = new Set<string>();
  for (let key = 0; key < images; key += 1) {
    const image = { height: side, width: side, channels: 1, data: new Float32Array(side * side).fill(9) };
    transform.apply(image, keyedRng(2, key));
    const noise = [...image.data].filter((x) => x !== 9).map((x) => (x - 0.5) / 0.25);
    if (noise.length === 0) continue;
    erased += 1;
    shares.push(noise.length / side ** 2);
    corners.add(String(image.data.findIndex((x) => x !== 9)));
    pixels += noise.length;
    for (const z of noise) {
      sum += z;
      squares += z * z;
    }
  }
  t.true(Math.abs(erased / images - 0.25) < 4 * Math.sqrt((0.25 * 0.75) / images));
  t.true(Math.min(...shares) > 0.012 && Math.max(...shares) < 0.36, 'rounded sides move the share a little');
  const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
  // (0.02 + 1/3) / 2 = 0.177, a little less as the largest are refused more often; σ = 0.09.
  t.true(Math.abs(mean - 0.175) < 4 * (0.0905 / Math.sqrt(erased)), String(mean));
  t.true(corners.size > 400);
  t.true(Math.abs(sum / pixels) < 4 / Math.sqrt(pixels));
  t.true(Math.abs(squares / pixels - 1) < 4 * Math.sqrt(2 / pixels));
});

test('a key decides what is erased, whatever was erased before', (t) => {
  const transform = randomErasing({ probability: 1, statistics });
  const erased = (key: number): string => {
    const image = original();
    transform.apply(image, keyedRng(3, 'augment', 0, key));
    return image.data.join();
  };
  const forwards = [0, 1, 2].map(erased);
  t.deepEqual([2, 1, 0].map(erased).reverse(), forwards);
  t.is(new Set(forwards).size, 3);
});

test('a data source tells its statistics to the transforms that need them', async (t) => {
  const [erase] = parseTransforms('erase(p=1,mode=const)');
  const apply = (transform: typeof erase): number[] => {
    const image = { height: 4, width: 4, channels: 1, data: new Float32Array(16).fill(0.9) };
    transform.apply(image, scripted({ uniforms: [0, 0.5, 0.5], integers: [0, 0] }));
    return [...new Set(image.data)];
  };
  const white = Math.fround(0.9);
  const source = fromArrays({
    images: new Uint8Array(32).fill(100),
    labels: [0, 1],
    imageSize: [4, 4, 1],
    labelNames: ['a', 'b'],
    mean: [0.125],
    std: [0.5],
    augment: [erase],
  });
  t.deepEqual(apply(source.augment[0]), [0.125, white]);
  t.is(source.augment[0].name, 'erase(p=1,mode=const)');
  const told = randomErasing({ probability: 1, mode: 'const', statistics: { mean: [0.5], std: [1] } });
  t.deepEqual(apply(tellStatistics({ ...source, augment: [told] }).augment[0]), [0.5, white]);
  t.is(tellStatistics(source), source, 'nothing left to tell');
  t.throws(() => apply(erase), {
    code: 'KDX_DATA_STATISTICS',
    message: /"erase\(p=1,mode=const\)" needs the mean and std .* tellStatistics\(source\)/,
  });
  const grey = randomErasing({ probability: 1, statistics });
  t.throws(() => apply(grey), {
    code: 'KDX_DATA_AUGMENT',
    message: /statistics of 3 channels for images of 1/,
  });

  for (const data of [
    await resolveData('shapes?train=4&classes=2&augment=crop,erase(p=1,mode=const)'),
    shapes({ train: 4, classes: 2, augment: [erase] }),
  ]) {
    const image = new Float32Array(32 * 32 * 3);
    for (let key = 0; key < 3; key += 1) {
      for (const transform of data.augment) {
        transform.apply({ height: 32, width: 32, channels: 3, data: image }, keyedRng(key));
      }
    }
    t.true(image.includes(Math.fround(data.mean[0])));
  }
});

test('several rectangles share the area, each with draws and attempts of its own', (t) => {
  // Of two, each has 17.7 / 2 = 8.8: 3×3. The first of the second is too large: (100/3 / 2)·3.33 = 55.6 → 7 high, 2 wide fits.
  const image = original();
  const rng = scripted({
    uniforms: [0, 0.5, 0.5, 1, 1],
    integers: [0, 0, 3, 8],
  });
  randomErasing({ mode: 'const', statistics, minCount: 2 }).apply(image, rng);
  t.is(rng.left(), 0);
  const tall = Array.from({ length: 14 }, (_, i) => `${3 + Math.floor(i / 2)},${8 + (i % 2)}`);
  t.deepEqual(changed(image).toSorted(), [...square(0, 0, 3), ...tall].toSorted());
});

test('the count is drawn between its bounds, both included, and not drawn where they are equal', (t) => {
  const erased = (integers: readonly number[], draws: number) => {
    const image = original();
    const uniforms = [0, ...Array.from({ length: draws }, () => [0, 0.5]).flat()];
    const rng = scripted({ uniforms, integers });
    randomErasing({ mode: 'const', statistics, minCount: 1, maxCount: 3 }).apply(image, rng);
    t.is(rng.left(), 0);
    return changed(image).length;
  };
  // The smallest area, 2 of 100, among n: √2 → 1×1, √1 → 1×1, √0.67 → 1×1.
  t.is(erased([0, 0, 0], 1), 1);
  t.is(erased([1, 0, 0, 1, 1], 2), 2);
  t.is(erased([2, 0, 0, 1, 1, 2, 2], 3), 3);
  const asked: number[] = [];
  const first = (below: number): number => {
    asked.push(below);
    return 0;
  };
  const watching: Rng = { ...keyedRng(0, 'x'), uniform: () => 0, integer: first };
  randomErasing({ mode: 'const', statistics, minCount: 2, maxCount: 5 }).apply(original(), watching);
  t.is(asked[0], 4);
});
