import { contactSheet, decodePixels, openPool } from '@kdx/data';
import test from 'ava';
import { PoolWriter } from './pool/pool-writer.js';
import { DESCRIPTION, imagesOf, made, pixelsOf, temporary } from './pool/pool-writer.test.helper.js';

const NAMES = ['cat', 'fish & <chips>', 'owl\u0007"'];

async function pool(directory: string) {
  const writer = await PoolWriter.open(directory, { ...DESCRIPTION, classNames: NAMES }, { resume: true });
  await writer.writeBatch(0, imagesOf(1, 2, 3, 4), made(2, 1, 2, 2));
  return openPool(directory);
}

test('images stand in rows by class, enlarged, with white between and where none is', async (t) => {
  const { png } = await contactSheet(await pool(await temporary(t)), { columns: 2, scale: 3 });
  const sheet = await decodePixels(png);
  // Images of 4×5: rows of 12 + 2 pixels, columns of 15 + 2, and 2 more at the end.
  t.deepEqual([sheet.height, sheet.width], [3 * 14 + 2, 2 * 17 + 2]);
  const at = (y: number, x: number) => [
    ...sheet.data.subarray((y * sheet.width + x) * 3, (y * sheet.width + x) * 3 + 3),
  ];
  const pixel = (image: number, y: number, x: number) =>
    pixelsOf(image).slice((y * 5 + x) * 3, (y * 5 + x) * 3 + 3);
  const rows = [[], [2], [1, 3]];
  for (const [row, images] of rows.entries()) {
    for (let column = 0; column < 2; column += 1) {
      const [top, left] = [2 + row * 14, 2 + column * 17];
      for (const [y, x] of [
        [0, 0],
        [3, 4],
        [2, 1],
      ]) {
        const expected = images[column] === undefined ? [255, 255, 255] : pixel(images[column], y, x);
        for (const [dy, dx] of [
          [0, 0],
          [2, 2],
          [1, 0],
        ]) {
          t.deepEqual(at(top + 3 * y + dy, left + 3 * x + dx), expected);
        }
      }
      t.deepEqual(at(top - 1, left), [255, 255, 255]);
      t.deepEqual(at(top, left + 15), [255, 255, 255]);
    }
  }
});

test('the SVG holds the very PNG and the names of the classes, escaped', async (t) => {
  const { png, svg } = await contactSheet(await pool(await temporary(t)), { columns: 3, scale: 2 });
  const [, data] = /href="data:image\/png;base64,([^"]*)"/.exec(svg) ?? [];
  t.deepEqual(Buffer.from(data, 'base64'), Buffer.from(png));
  const texts = [...svg.matchAll(/<text x="\d+" y="([\d.]+)">([^<]*)<\/text>/g)];
  t.deepEqual(
    texts.map(([, , name]) => name),
    ['cat', 'fish &amp; &lt;chips&gt;', 'owl\ufffd&quot;'],
  );
  // In the middle of their rows of 8 + 2 pixels.
  t.deepEqual(
    texts.map(([, y]) => Number(y)),
    [6, 16, 26],
  );
  t.notRegex(svg, /(src|href)="(?!data:)/);
});

test('classes are named, counted or told by index', async (t) => {
  const made = await pool(await temporary(t));
  const rows = async (classes: number | (number | string)[]) =>
    [...(await contactSheet(made, { classes, columns: 1 })).svg.matchAll(/<text[^>]*>([^<]*)</g)].map(
      ([, name]) => name,
    );
  t.deepEqual(await rows(1), ['cat']);
  t.is((await rows(9)).length, 3);
  t.deepEqual(await rows([1, 'cat']), ['fish &amp; &lt;chips&gt;', 'cat']);
  await t.throwsAsync(rows(['cet']), {
    code: 'KDX_POOL_CLASS',
    message: /no class "cet" among its 3.* Did you mean "cat"\?$/,
  });
  await t.throwsAsync(rows([3]), { code: 'KDX_POOL_CLASS' });
});

test('only given images are shown, and twice the same sheet', async (t) => {
  const made = await pool(await temporary(t));
  const entries = made.entries.filter(({ place }) => place === 3);
  const sheet = await contactSheet(made, { classes: ['cat', 2], columns: 1, scale: 1, entries });
  const { data, width } = await decodePixels(sheet.png);
  t.deepEqual([...data.subarray((8 * width + 2) * 3, (8 * width + 2) * 3 + 3)], pixelsOf(4).slice(0, 3));
  t.is((await contactSheet(made, { classes: ['cat', 2], columns: 1, scale: 1, entries })).svg, sheet.svg);
});
