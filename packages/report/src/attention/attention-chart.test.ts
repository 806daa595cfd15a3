import test from 'ava';
import { elementsOf, type XmlElement } from '../charts/elements.test.helper.js';
import { colourOf } from '../charts/palette.js';
import { renderSvg } from '../charts/render-svg.js';
import { attentionChart } from './attention-chart.js';
import { example } from './attention-result.test.helper.js';

const draw = async (...about: Parameters<typeof example>): Promise<XmlElement[]> =>
  elementsOf(await renderSvg(attentionChart(example(...about))));

/** The corners of an element's path. */
const corners = ({ attributes: { d } }: XmlElement): number[][] =>
  d
    .slice(1)
    .split('L')
    .map((point) => point.split(' ').map(Number));

/** Lines through data are clipped to the axes; those of the legend are not. */
const linesOf = (elements: readonly XmlElement[], colour: string): XmlElement[] =>
  elements.filter(
    ({ name, attributes, within }) => name === 'path' && attributes.stroke === colour && within.includes('g'),
  );

test('one line per label, through the means of its blocks', async (t) => {
  const elements = await draw();
  const { arms, even } = example();
  const [[, evenY]] = corners(linesOf(elements, '#888')[0]);
  for (const [k, { blocks }] of arms.entries()) {
    const lines = linesOf(elements, colourOf(k));
    t.is(lines.length, 1);
    const points = corners(lines[0]);
    t.is(points.length, blocks.length);
    // The first block and the line of even attention fix the scale that all others must be on.
    const pixels = (points[0][1] - evenY) / (blocks[0].mean - even);
    t.true(pixels < 0, 'far is up');
    for (const [block, [x, y]] of points.entries()) {
      t.true(Math.abs(y - evenY - pixels * (blocks[block].mean - even)) < 0.3, `block ${block}`);
      t.true(Math.abs(x - points[0][0] - block * (points[1][0] - points[0][0])) < 0.3);
    }
  }
});

test('a dot for each head of each run, a bar for each block of several runs', async (t) => {
  const elements = await draw();
  const count = (colour: string, key: string, value: string): number =>
    elements.filter(
      ({ attributes }) => attributes[key] === value && Object.values(attributes).includes(colour),
    ).length;
  t.is(count(colourOf(0), 'fill-opacity', '0.3'), 2 * 2 * 2);
  t.is(count(colourOf(1), 'fill-opacity', '0.3'), 3 * 2);
  t.is(count(colourOf(0), 'stroke-width', '1.5'), 2 * 3, 'a bar and two caps each');
  t.is(count(colourOf(1), 'stroke-width', '1.5'), 0);
});

test('labels, runs, axes, images and convention can be read; the path of the data cannot', async (t) => {
  const texts = (await draw()).map(({ text }) => text);
  for (const wanted of [
    'a & b (2 runs)',
    'c',
    'spread evenly over all patches',
    'block',
    'distance in patches of 4×4 pixels, 8×8 patches',
    '64 images (test) of cifar100; line: mean over heads, bar: ± std over runs, dot: one head',
    'attention of patches to special tokens counted as distance 0',
    '0',
    '2',
  ])
    t.true(texts.includes(wanted), wanted);
  t.false(texts.join().includes('DIR'));
  const renormalised = (await draw({ renormalize: true }, { specialTokens: 2 })).map(({ text }) => text);
  t.true(renormalised.includes('attention of patches to patches made to sum to 1 (--renormalize)'));
  const mixed = (await draw({}, { specialTokens: 2 })).map(({ text }) => text);
  t.true(mixed.includes('models have 1 and 2 special tokens, which --renormalize leaves out'));
});

test('the same figures give the same bytes', async (t) => {
  const render = () => renderSvg(attentionChart(example()));
  t.is(await render(), await render());
});
