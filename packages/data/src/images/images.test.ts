import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { decodeImage, decodePixels, encodeJpeg, encodePng, toBytes } from '../index.js';
import { png } from './png.test.helper.js';

const noise = (length: number): number[] => Array.from({ length }, (_, i) => (i * 167 + (i >> 3) * 31) & 255);

test('a PNG gives the pixels that its file holds, as bytes and as v / 255', async (t) => {
  const samples = noise(3 * 5 * 3);
  const file = png(samples, [3, 5, 3]);
  const bytes = await decodePixels(file);
  t.deepEqual({ ...bytes, data: [...bytes.data] }, { height: 3, width: 5, channels: 3, data: samples });
  const unit = await decodeImage(file);
  t.deepEqual(
    [...unit.data],
    samples.map((value) => Math.fround(value / 255)),
  );
});

test('grey becomes three equal channels, transparency is dropped, 16 bits become 8', async (t) => {
  const read = async (file: Buffer, channels?: 1 | 3) => [...(await decodePixels(file, { channels })).data];
  t.deepEqual(await read(png([7, 200], [1, 2, 1])), [7, 7, 7, 200, 200, 200]);
  t.deepEqual(await read(png([7, 200], [1, 2, 1]), 1), [7, 200]);
  t.deepEqual(await read(png([7, 0, 200, 128], [1, 2, 2])), [7, 7, 7, 200, 200, 200]);
  t.deepEqual(await read(png([1, 2, 3, 0, 250, 251, 252, 255], [1, 2, 4])), [1, 2, 3, 250, 251, 252]);
  t.deepEqual(await read(png([0x1234, 0xffff, 0x0001], [1, 1, 3], 16)), [0x12, 0xff, 0x00]);
  t.deepEqual(await read(png([90, 90, 90], [1, 1, 3]), 1), [90]);
});

test('what is encoded as PNG comes back byte for byte, in colour and grey', async (t) => {
  for (const channels of [1, 3] as const) {
    const pixels = Uint8Array.from(noise(7 * 4 * channels));
    const back = await decodePixels(await encodePng(pixels, [7, 4, channels]), { channels });
    t.deepEqual({ ...back }, { height: 7, width: 4, channels, data: pixels });
  }
});

test('a JPEG is near its pixels and keeps colours at full resolution', async (t) => {
  // Red and blue columns of one pixel: halving the colours' resolution would make them all purple.
  const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => {
    const column = Math.floor(i / 3) % 2;
    return i % 3 === 1 ? 0 : (i % 3 === 0) === (column === 0) ? 220 : 30;
  });
  const back = await decodePixels(await encodeJpeg(pixels, [16, 16, 3], 95));
  const worst = Math.max(...pixels.map((value, i) => Math.abs(value - back.data[i])));
  t.true(worst < 25, `${worst}`);
  const grey = await decodePixels(await encodeJpeg(new Uint8Array(64).fill(77), [8, 8, 1], 90), {
    channels: 1,
  });
  t.true(grey.data.every((value) => Math.abs(value - 77) <= 1));
});

test('values become the nearest byte, halves upwards, and are clamped', (t) => {
  t.deepEqual(
    [...toBytes([0, 1, 0.5, 0.5 / 255, 0.49999 / 255, 254.5 / 255, -0.1, -1e9, 1.2])],
    [0, 255, 128, 1, 0, 255, 0, 0, 255],
  );
  const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
  t.deepEqual(toBytes(Float32Array.from(bytes, (value) => value / 255)), bytes);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => toBytes([0, value]), { code: 'KDX_IMAGE_PIXEL', message: /^Value 1 of an image is/ });
  }
});

test('files that are cut off, damaged, empty or no image are named', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'kdx-images-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const pixels = Uint8Array.from(noise(32 * 32 * 3));
  const whole = png([...pixels], [32, 32, 3]);
  const jpeg = Buffer.from(await encodeJpeg(pixels, [32, 32, 3], 95));
  const changed = Buffer.from(whole);
  changed[100] ^= 255;
  const files = {
    'half.png': whole.subarray(0, whole.length / 2),
    'head.png': whole.subarray(0, 20),
    'changed.png': changed,
    'half.jpg': jpeg.subarray(0, jpeg.length / 2),
    'empty.png': Buffer.alloc(0),
    'page.png': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'),
  };
  for (const [name, bytes] of Object.entries(files)) {
    const file = join(directory, name);
    await writeFile(file, bytes);
    const error = await t.throwsAsync(decodeImage(file), { code: 'KDX_IMAGE_BROKEN' }, name);
    t.true(error?.message.startsWith(`The image "${file}" is no whole PNG or JPEG image (`));
    t.regex(error?.message ?? '', /; replace it by a whole one\.$/);
  }
  await t.throwsAsync(decodeImage(join(directory, 'none.png')), {
    code: 'KDX_IMAGE_MISSING',
    message: /none\.png" cannot be read: ENOENT/,
  });
});

test('sizes that are not what was wanted are told, height first', async (t) => {
  await t.throwsAsync(decodeImage(png(noise(24), [2, 4, 3]), { expectedSize: [4, 2], name: 'Image 7' }), {
    code: 'KDX_IMAGE_SIZE',
    message: /^Image 7 is 2×4×3, but 4×2×3 was wanted;/,
  });
  await t.throwsAsync(encodePng(new Uint8Array(11), [2, 2, 3]), {
    code: 'KDX_IMAGE_SIZE',
    message: /is 11 bytes, but an image of 2×2×3 was wanted/,
  });
  await t.throwsAsync(encodePng(new Uint8Array(8), [2, 2, 2]), {
    code: 'KDX_IMAGE_SIZE',
    message: /1 or 3 channels/,
  });
  for (const quality of [0, 101, 90.5]) {
    await t.throwsAsync(encodeJpeg(new Uint8Array(12), [2, 2, 3], quality), { code: 'KDX_IMAGE_QUALITY' });
  }
});
