import { type Image, type Transform } from '@kdx/core';
import { keyedRng, type Rng } from '@kdx/tensor';
import test from 'ava';
import { flip, listTransforms, paddedCrop, parseTransforms, randAugment, randomErasing } from '../index.js';

const image = (height: number, width: number, channels: number): Image => ({
  height,
  width,
  channels,
  data: Float32Array.from({ length: height * width * channels }, (_, i) => (i + 1) / 1024),
});

const at = ({ width, channels, data }: Image, y: number, x: number, c: number): number =>
  data[(y * width + x) * channels + c];

/** A generator whose integers and uniforms are given. */
function scripted(integers: readonly number[], uniforms: readonly number[] = []): Rng {
  const [whole, real] = [[...integers], [...uniforms]];
  const next = (from: number[]) => {
    const value = from.shift();
    if (value === undefined) throw new Error('one draw too many');
    return value;
  };
  return {
    ...keyedRng(0, 'unused'),
    integer: () => next(whole),
    uniform: () => next(real),
  };
}

/** Second implementation: builds the padded image, then cuts the window out of it. */
function padThenCut(source: Image, padding: number, top: number, left: number, mirror: boolean): number[] {
  const { height, width, channels } = source;
  const padded: number[][][] = [];
  for (let y = -padding; y < height + padding; y += 1) {
    const row: number[][] = [];
    for (let x = -padding; x < width + padding; x += 1) {
      const inside = y >= 0 && y < height && x >= 0 && x < width;
      // Mirrored about the edge pixel: -1 → 1, height → height - 2.
      const my = y < 0 ? -y : y >= height ? 2 * height - 2 - y : y;
      const mx = x < 0 ? -x : x >= width ? 2 * width - 2 - x : x;
      row.push(Array.from({ length: channels }, (_, c) => (inside || mirror ? at(source, my, mx, c) : 0)));
    }
    padded.push(row);
  }
  return padded.slice(top, top + height).flatMap((row) => row.slice(left, left + width).flat());
}

for (const mode of ['zero', 'reflect'] as const) {
  test(`a crop with ${mode} padding is the padded image cut at every offset`, (t) => {
    const padding = 2;
    const crop = paddedCrop(padding, mode);
    for (let top = 0; top <= 2 * padding; top += 1) {
      for (let left = 0; left <= 2 * padding; left += 1) {
        const cropped = image(4, 5, 3);
        const expected = padThenCut(cropped, padding, top, left, mode === 'reflect');
        crop.apply(cropped, scripted([top, left]));
        t.deepEqual([...cropped.data], expected, `offset ${top}, ${left}`);
      }
    }
  });
}

test('one crop serves images of different sizes', (t) => {
  const crop = paddedCrop(1);
  for (const [height, width, channels] of [
    [3, 3, 1],
    [5, 4, 3],
    [2, 2, 3],
  ]) {
    const cropped = image(height, width, channels);
    const expected = padThenCut(cropped, 1, 0, 2, false);
    crop.apply(cropped, scripted([0, 2]));
    t.deepEqual([...cropped.data], expected);
  }
});

test('every offset of a crop is as likely, and the middle one leaves the image alone', (t) => {
  const counts = new Map<string, number>();
  const original = image(3, 3, 1).data.join();
  const middle = padThenCut(image(3, 3, 1), 1, 1, 1, false).join();
  t.is(middle, original);
  for (let i = 0; i < 9000; i += 1) {
    const cropped = image(3, 3, 1);
    paddedCrop(1).apply(cropped, keyedRng(0, 'crop', i));
    const key = cropped.data.join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  t.is(counts.size, 9);
  const statistic = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  t.true(statistic < 31.8); // 8 degrees of freedom, 1 in 10 000
});

test('a flip mirrors columns, keeps channels, and happens when the draw is below p', (t) => {
  for (const width of [4, 5]) {
    const original = image(3, width, 3);
    const flipped = image(3, width, 3);
    flip(0.3).apply(flipped, scripted([], [0.29]));
    for (let y = 0; y < 3; y += 1) {
      for (let x = 0; x < width; x += 1) {
        for (let c = 0; c < 3; c += 1) t.is(at(flipped, y, x, c), at(original, y, width - 1 - x, c));
      }
    }
    flip(0.3).apply(flipped, scripted([], [0.3]));
    t.not(flipped.data.join(), original.data.join());
    flip(1).apply(flipped, scripted([], [0.999]));
    t.deepEqual(flipped.data, original.data);
    flip(0).apply(flipped, scripted([], [0]));
    t.deepEqual(flipped.data, original.data);
  }
});

test('a key decides what happens to an image', (t) => {
  const augmented = (key: number) => {
    const one = image(8, 8, 3);
    const rng = keyedRng(1, 'augment', 0, key);
    for (const transform of parseTransforms('crop,flip')) transform.apply(one, rng);
    return one.data.join();
  };
  t.is(augmented(5), augmented(5));
  t.true(new Set([0, 1, 2, 3, 4, 5, 6, 7].map(augmented)).size > 4);
});

const named = (transforms: readonly Transform[]) => transforms.map(({ name }) => name);

test('lists of transforms read as written, and their names read back', (t) => {
  t.deepEqual(named(parseTransforms('crop,flip')), ['crop(4)', 'flip(0.5)']);
  t.deepEqual(named(parseTransforms(' flip(0.25) , crop(2, reflect) ')), ['flip(0.25)', 'crop(2,reflect)']);
  t.deepEqual(named(parseTransforms('crop(3,zero)')), ['crop(3)']);
  t.deepEqual(named(parseTransforms('crop()')), ['crop(4)']);
  t.deepEqual(parseTransforms('none'), []);
  const names = named(parseTransforms('crop(2,reflect),flip(0.1)'));
  t.deepEqual(named(parseTransforms(names.join(','))), names);
  for (const { name } of listTransforms()) t.is(parseTransforms(name).length, 1);
});

test('a wrong transform is answered with what can be written', (t) => {
  const fails = (text: string, message: RegExp) =>
    t.throws(() => parseTransforms(text), { code: 'KDX_DATA_AUGMENT', message });
  fails(
    'flop',
    /no transform called "flop".* knows crop, flip, randaugment, erase and none\. Did you mean "flip"\?/,
  );
  fails('crop(x)', /"crop\(x\)" cannot be used: write it as crop\(padding=4\[,reflect\]\)/);
  fails('crop(1,2,3)', /write it as crop/);
  fails('crop(1.5)', /whole number of pixels/);
  fails('flip(2)', /a probability is a number from 0 to 1/);
  fails('flip(0.5,1)', /write it as flip\(p=0\.5\)/);
  fails('crop,,flip', /must look like name/);
  fails('', /must look like name/);
  t.throws(() => paddedCrop(-1), { code: 'KDX_DATA_AUGMENT' });
  t.throws(() => flip(Number.NaN), { code: 'KDX_DATA_AUGMENT' });
});

test('transforms with named arguments read as written, in any order, and their names read back', (t) => {
  const read = (text: string) => named(parseTransforms(text));
  t.deepEqual(read('randaugment,erase'), ['randaugment(m=9,mstd=0.5,inc=1,n=2)', 'erase(p=0.25,mode=pixel)']);
  t.deepEqual(read('crop,flip,randaugment(n=3, m=5),erase(mode=const)'), [
    'crop(4)',
    'flip(0.5)',
    'randaugment(m=5,mstd=0.5,inc=1,n=3)',
    'erase(p=0.25,mode=const)',
  ]);
  const full = [
    'randaugment(m=7.5,mstd=0,inc=0,n=1,p=1,interpolation=bicubic)',
    'erase(p=0.1,mode=rand,min-area=0.1,max-area=0.5,min-aspect=0.5,max-aspect=4)',
    'erase(p=0.1,mode=pixel,min-count=2,max-count=4)',
    `erase(p=1,mode=pixel,max-area=${1 / 3},min-aspect=1e-7)`,
  ];
  t.deepEqual(read(full.join(',')), full);
  t.deepEqual(named([randAugment(), randomErasing()]), read('randaugment(),erase()'));
});

test('noise before randaugment is refused with the right order; the mean is not', (t) => {
  const [erase, operations] = ['erase(p=0.25,mode=pixel)', 'randaugment(m=9,mstd=0.5,inc=1,n=2)'];
  for (const [text, mended] of [
    ['erase,randaugment', `${operations},${erase}`],
    ['crop,erase,flip,randaugment,flip', `crop(4),flip(0.5),${operations},${erase},flip(0.5)`],
    [
      'erase,erase(mode=rand),randaugment(n=1),randaugment',
      `randaugment(m=9,mstd=0.5,inc=1,n=1),${operations},${erase},erase(p=0.25,mode=rand)`,
    ],
  ]) {
    const { message } = t.throws(() => parseTransforms(text), { code: 'KDX_DATA_AUGMENT' });
    t.true(message.endsWith(`; write augment=${mended}.`), message);
    t.is(named(parseTransforms(mended)).join(','), mended);
  }
  for (const text of ['erase(mode=const),randaugment', 'randaugment,erase', 'erase,flip']) {
    t.is(parseTransforms(text).length, 2);
  }
});

test('a wrong named argument is answered with the right ones', (t) => {
  const fails = (text: string, message: RegExp) =>
    t.throws(() => parseTransforms(text), { code: 'KDX_DATA_AUGMENT', message });
  fails('erase(0.25)', /"0\.25" must look like name=value, and names are p, mode, min-area/);
  fails('erase(max-aera=0.5)', /has no argument "max-aera"; .* Did you mean "max-area"\?$/);
  fails('erase(mode=pixle)', /mode=pixle must be one of pixel, rand, const\. Did you mean "pixel"\?$/);
  fails('erase(p=x)', /p=x must be a number such as 0\.25\.$/);
  fails('erase(p=0.1,p=0.2)', /"p" stands twice/);
  fails('erase(p=2)', /a probability is a number from 0 to 1/);
  fails('erase(min-area=0.5)', /0 < min-area ≤ max-area ≤ 1, not 0\.5 and 0\.33/);
  fails('erase(max-area=1.5)', /≤ 1, not 0\.02 and 1\.5/);
  fails('erase(min-aspect=0)', /0 < min-aspect ≤ max-aspect/);
  fails('erase(min-count=0)', /1 ≤ min-count ≤ max-count ≤ 1000, not 0 and 0/);
  fails('erase(min-count=3,max-count=2)', /not 3 and 2/);
  fails('erase(min-count=1.5)', /whole numbers/);
  fails('erase(min-aspect=2)', /≤ max-aspect, not 2 and 0\.5/);
  fails('randaugment(magnitude=9)', /has no argument "magnitude"; it has m, mstd, inc, n, p, interpolation/);
  fails('randaugment(m=11)', /a magnitude m is a number from 0 to 10/);
  fails('randaugment(inc=2)', /inc=2 must be 0 or 1/);
  fails('randaugment(n=1.5)', /n operations are a whole number ≥ 1/);
  fails('randaugment(n=0)', /whole number ≥ 1/);
  fails('randaugment(interpolation=cubic)', /Did you mean "bicubic"/);
  fails('randaug', /Did you mean "randaugment"|knows crop, flip, randaugment/);
  t.throws(() => randAugment({ magnitudeStd: Number.NaN }), { code: 'KDX_DATA_AUGMENT', message: /mstd/ });
  t.throws(() => randAugment({ probability: -1 }), { code: 'KDX_DATA_AUGMENT' });
  t.throws(() => randomErasing({ mode: 'noise' as 'pixel' }), {
    message: /mode is one of pixel, rand, const/,
  });
});

test('an image too small to reflect is refused', (t) => {
  t.throws(() => paddedCrop(4, 'reflect').apply(image(4, 8, 1), keyedRng(0)), {
    code: 'KDX_DATA_AUGMENT',
    message: /4×8 images can reflect at most 3 pixels/,
  });
});
