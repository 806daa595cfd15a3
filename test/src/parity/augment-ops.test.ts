import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  applyOperation,
  type ByteImage,
  type DrawnOperation,
  drawOperations,
  OPERATION_NAMES,
  type OperationName,
  randAugment,
} from '@kdx/data';
import { keyedRng } from '@kdx/tensor';
import test, { type ExecutionContext } from 'ava';
import { pillowTest, runPillow } from './pillow.js';

// RandAugment's operations, and whole draws of it, against Pillow: byte for byte.

type Size = readonly [height: number, width: number, channels: number];
type Operation = DrawnOperation & { readonly increasing: boolean };

interface Case {
  /** Which of the images. */
  readonly image: number;
  readonly operations: readonly Operation[];
}

const MEAN = [0.5071, 0.4867, 0.4408];
const FILL = [129, 124, 112];
const GEOMETRIC: readonly OperationName[] = ['Rotate', 'ShearX', 'ShearY', 'TranslateXRel', 'TranslateYRel'];

const root = mkdtempSync(join(tmpdir(), 'kdx-augment-'));
test.after.always(() => rmSync(root, { recursive: true }));

/** Noise; a smooth picture of few tones; one of two values; a flat one; one whose brightest value rules. */
function images([height, width, channels]: Size): Uint8Array[] {
  const rng = keyedRng(7, 'images', height, width, channels);
  const make = (value: (x: number, y: number, c: number) => number): Uint8Array =>
    Uint8Array.from({ length: height * width * channels }, (_, i) => {
      const place = Math.floor(i / channels);
      return value(place % width, Math.floor(place / width), i % channels);
    });
  return [
    make(() => rng.integer(256)),
    make((x, y, c) => 40 + 90 * (1 + Math.sin(x / 5 + c) * Math.cos(y / (4 + c)))),
    make(() => (rng.uniform() < 0.5 ? 31 : 200)),
    make((_, __, c) => 90 + 40 * c),
    make(() => (rng.uniform() < 0.3 ? rng.integer(250) : 255)),
  ];
}

/** Compares, and tells how many images were changed. */
async function compare(t: ExecutionContext, size: Size, cases: readonly Case[]): Promise<number> {
  const [height, width, channels] = size;
  const fill = FILL.slice(0, channels);
  const folder = mkdtempSync(join(root, 'case-'));
  const all = images(size);
  writeFileSync(join(folder, 'images.bin'), Buffer.concat(all));
  writeFileSync(join(folder, 'cases.json'), JSON.stringify({ size, fill, cases }));
  const out = join(folder, 'pillow.bin');
  await runPillow('augment_ops.py', [
    ...['--images', join(folder, 'images.bin'), '--cases', join(folder, 'cases.json'), '--out', out],
  ]);
  const theirs = readFileSync(out);
  const length = height * width * channels;
  t.is(theirs.length, cases.length * length);
  let changed = 0;
  cases.forEach(({ image, operations }, i) => {
    const before: ByteImage = { height, width, channels, data: all[image] };
    const after = operations.reduce(
      (bytes, { increasing, ...drawn }) => applyOperation(bytes, drawn, { increasing, fill }),
      before,
    );
    const expected = theirs.subarray(i * length, (i + 1) * length);
    const wrong = expected.findIndex((value, at) => value !== after.data[at]);
    t.is(
      wrong,
      -1,
      `image ${image}, ${JSON.stringify(operations)}: ${expected[wrong]}, not ${after.data[wrong]}`,
    );
    if (after.data.some((value, at) => value !== before.data[at])) changed += 1;
  });
  return changed;
}

const SIZES: readonly Size[] = [
  [32, 32, 3],
  [19, 26, 3],
  [28, 28, 1],
  [2, 3, 3],
];
const MAGNITUDES = [0, 1, 3.7, 5, 8.21, 9, 9.63, 10];

for (const name of OPERATION_NAMES) {
  pillowTest(test)(`${name} is Pillow's, byte for byte`, async (t) => {
    let changed = 0;
    for (const size of SIZES) {
      const rng = keyedRng(5, name, ...size);
      const magnitudes = [...MAGNITUDES, ...Array.from({ length: 12 }, () => 10 * rng.uniform())];
      const cases = magnitudes.flatMap((magnitude) =>
        ([1, -1] as const).flatMap((sign) =>
          (GEOMETRIC.includes(name) ? (['bilinear', 'bicubic'] as const) : (['bicubic'] as const)).flatMap(
            (interpolation) =>
              [true, false].flatMap((increasing) =>
                [0, 1, 2, 3, 4].map((image) => ({
                  image,
                  operations: [{ name, magnitude, sign, interpolation, increasing }],
                })),
              ),
          ),
        ),
      );
      changed += await compare(t, size, cases);
    }
    t.true(changed > 20, 'something was done');
  });
}

pillowTest(test)(
  'what RandAugment draws for a key, done by Pillow, is what it makes of the image',
  async (t) => {
    const size: Size = [32, 32, 3];
    const all = images(size);
    const transform = randAugment({ statistics: { mean: MEAN, std: [1, 1, 1] } });
    const cases: Case[] = Array.from({ length: 300 }, (_, sample) => ({
      image: sample % all.length,
      operations: drawOperations({}, keyedRng(3, 'augment', 0, sample)).map((drawn) => ({
        ...drawn,
        increasing: true,
      })),
    }));
    t.true(cases.some(({ operations }) => operations.length === 2));
    t.true((await compare(t, size, cases)) > 150);
    // `compare` held each draw against Pillow; here the transform is held against the same draws.
    for (const [sample, { image, operations }] of cases.entries()) {
      const [height, width, channels] = size;
      const data = Float32Array.from(all[image], (value) => value / 255);
      transform.apply({ height, width, channels, data }, keyedRng(3, 'augment', 0, sample));
      const expected = operations.reduce(
        (bytes, drawn) => applyOperation(bytes, drawn, { increasing: true, fill: FILL }),
        { height, width, channels, data: all[image] } as ByteImage,
      );
      t.deepEqual(
        data,
        Float32Array.from(expected.data, (value) => value / 255),
      );
    }
  },
);
