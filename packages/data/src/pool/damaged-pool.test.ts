import { join } from 'node:path';
import test from 'ava';
import { png } from '../images/png.test.helper.js';
import { openPool, poolSource, resolveData } from '../index.js';
import { folderOf, type Made, pixelsOf, poolFiles } from './pool.test.helper.js';

const MADE: readonly Made[] = [
  { target: 0, verified: 0.05 },
  { target: 0, verified: 0.4 },
  { target: 2, verified: 0.95 },
];

test('where there is no pool, the command that makes one is named', async (t) => {
  const directory = await folderOf(t, {});
  for (const place of [directory, join(directory, 'none')]) {
    await t.throwsAsync(resolveData(`pool:${place}`), {
      code: 'KDX_POOL_MISSING',
      message: `There is no image pool in "${place}", which lacks pool.json; make one with kdx synth --invert MODEL@WEIGHTS --out ${place}.`,
    });
  }
});

test('damaged metadata is named with what mends it', async (t) => {
  const files = poolFiles([MADE, MADE]);
  const text = (path: string) => String(files[path]);
  const batch = 'batches/0001.json';
  const description = JSON.parse(text('pool.json'));
  const again = /; run the same kdx synth command again, which makes the missing batches\.$/;
  const cases: readonly [path: string, content: string | null, told: RegExp, remedy: RegExp][] = [
    [
      'pool.json',
      text('pool.json').slice(0, 90),
      /pool\.json" is not what kdx synth wrote/,
      /; restore it, or/,
    ],
    [
      'pool.json',
      JSON.stringify({ ...description, seed: 'x' }),
      /\(seed is not a number\)/,
      /another --out\.$/,
    ],
    ['pool.json', JSON.stringify({ ...description, mean: [0] }), /one of each for 3 channels/, /--out\.$/],
    ['pool.json', JSON.stringify({ ...description, classes: [9] }), /classes: 9 of 3/, /--out\.$/],
    [batch, text(batch).slice(0, text(batch).length / 2), /0001\.json" is not what/, again],
    [batch, text('batches/0000.json'), /it says it is batch 0/, again],
    [batch, text(batch).replace('"target":2', '"target":3'), /class 3 of 3, place 2/, again],
    [batch, text(batch).replace('"target":0.95', '"target":1.5'), /images\.2\.verified\.target: /, again],
    [batch, text(batch).replace('"place":1', '"place":0'), /place 0 comes after place 0/, again],
    [batch, text(batch).replace(/"verifier":\{.*?\},/, ''), /verified, and no verifier is named/, again],
    ['batches/0000.json', null, /has no ".*0000\.json" \(1 missing batch\)/, again],
  ];
  for (const [path, content, told, remedy] of cases) {
    const directory = await folderOf(t, { ...files, [path]: content });
    const error = await t.throwsAsync(openPool(directory), { code: 'KDX_POOL_BROKEN', message: told });
    t.regex(error?.message ?? '', remedy);
  }
});

test('a pool of a newer kdx is refused, whatever else it holds', async (t) => {
  const files = poolFiles([MADE]);
  for (const path of ['pool.json', 'batches/0000.json']) {
    const newer = JSON.stringify({ format: 2, something: 'new' });
    await t.throwsAsync(openPool(await folderOf(t, { ...files, [path]: newer })), {
      code: 'KDX_POOL_FORMAT',
      message: /is of pool format 2, and this kdx knows 1; update kdx/,
    });
  }
});

test('missing images are told by the first and their number', async (t) => {
  const files = { ...poolFiles([MADE]), 'images/000/0000-001.png': null, 'images/002/0000-002.png': null };
  await t.throwsAsync(openPool(await folderOf(t, files)), {
    code: 'KDX_POOL_BROKEN',
    message: /has no "images\/000\/0000-001\.png" \(2 missing images\); run the same kdx synth command again/,
  });
});

test('an image that is cut off, of another size or another one is named', async (t) => {
  const files = poolFiles([MADE]);
  const path = 'images/000/0000-001.png';
  const whole = files[path] as Buffer;
  const cases: readonly [Buffer, RegExp][] = [
    [whole.subarray(0, whole.length - 30), /0000-001\.png" is not the one that was made: .*is no whole PNG/],
    [png(pixelsOf(0, 1), [3, 2, 3]), /is 3×2×3, but 2×3×3 was wanted; run the same kdx synth/],
    [png(pixelsOf(0, 2), [2, 3, 3]), /its pixels have another SHA-256; run the same kdx synth/],
  ];
  for (const [bytes, message] of cases) {
    const directory = await folderOf(t, { ...files, [path]: bytes });
    const expected = { code: 'KDX_POOL_BROKEN', message };
    await t.throwsAsync(openPool(directory, { checkPixels: true }), expected);
    await t.throwsAsync(resolveData(`pool:${directory}`), expected);
    const pool = await openPool(directory);
    const lazy = await poolSource(pool, { memory: 0 });
    await t.throwsAsync(async () => lazy.train.read(1, new Float32Array(18)), expected);
  }
});
