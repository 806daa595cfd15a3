import test from 'ava';
import { elementsOf } from './elements.test.helper.js';
import { type Chart, renderSvg } from './render-svg.js';

const chart = (name: string, values: number[]): Chart => ({
  option: {
    title: { text: name },
    legend: {},
    xAxis: { type: 'value' },
    yAxis: { type: 'value' },
    series: [{ type: 'line', name, data: values.map((value, k) => [k, value]) }],
  },
  width: 320,
  height: 200,
  alt: `Values of <${name}>`,
});

test('the same chart gives the same bytes, whatever was drawn before', async (t) => {
  const first = await renderSvg(chart('a', [1, 2]));
  const other = await renderSvg(chart('b', [3, 1, 2]));
  t.is(await renderSvg(chart('a', [1, 2])), first);
  t.is(await renderSvg(chart('b', [3, 1, 2])), other);
  t.not(first, other);
});

test('a chart is an SVG document of the size asked for, white, without styles, scripts or animation', async (t) => {
  const svg = await renderSvg(chart('a', [1, 2]));
  const [root, title, background, ...rest] = elementsOf(svg);
  t.like(root, { name: 'svg', attributes: { width: '320', height: '200', viewBox: '0 0 320 200' } });
  t.like(title, { name: 'title', text: 'Values of <a>' });
  t.like(background, { name: 'rect', attributes: { fill: '#fff', width: '320', height: '200' } });
  t.deepEqual(
    rest.filter(({ name }) => /style|script|animate/.test(name)),
    [],
  );
  t.deepEqual(
    rest.filter(({ attributes }) =>
      Object.keys(attributes).some((key) => /^(class|ecmeta.*|on.*)$/.test(key)),
    ),
    [],
  );
});

test('two charts in one page do not clip each other', async (t) => {
  const both = await Promise.all([chart('a', [1, 2]), chart('b', [3, 1])].map((one) => renderSvg(one)));
  const idsOf = (svg: string): string[] => elementsOf(svg).flatMap(({ attributes: { id } }) => id ?? []);
  const [ids, others] = both.map(idsOf);
  t.true(ids.length > 0);
  t.deepEqual(
    ids.filter((id) => others.includes(id)),
    [],
  );
  for (const svg of both) {
    const used = elementsOf(svg).flatMap(({ attributes }) => attributes['clip-path'] ?? []);
    t.deepEqual(
      [...new Set(used)],
      idsOf(svg).map((id) => `url(#${id})`),
    );
  }
});

test('any text stays what it is', async (t) => {
  for (const name of [
    'a & b < c > "d"',
    ' class="zr0-cls-0"',
    '="url(#zr0-c0)',
    'id="zr1-c0"',
    '<style >x</style>',
  ]) {
    const texts = elementsOf(await renderSvg(chart(name, [1, 2]))).map(({ text }) => text);
    t.is(texts.filter((text) => text === name).length, 2, `title and legend of ${name}`);
  }
});
