import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import test from 'ava';
import { ROOT } from '../support/internal.js';
import { PLUGIN_PAGES } from '../support/pages.js';

// "kdx bench" writes accuracies into bench/results, docs/benchmarks.md says what they mean, other pages repeat some: none has a
// figure of its own.

const RESULTS = join(ROOT, 'bench', 'results');
const BENCHMARKS = join(ROOT, 'docs', 'benchmarks.md');
const FIGURE = /\d+\.\d\d ± \d+\.\d\d|[+−]\d+\.\d\d \[[+−]\d+\.\d\d, [+−]\d+\.\d\d\]/g;

const text = (page: string): string => readFileSync(page, 'utf8').replaceAll('**', '');
const figuresIn = (markdown: string): string[] => [...markdown.matchAll(FIGURE)].map(([figure]) => figure);

test('accuracies of docs/benchmarks.md are those of bench/results', (t) => {
  const results = readdirSync(RESULTS).filter((name) => name.endsWith('.md'));
  const measured = results.map((name) => text(join(RESULTS, name))).join('\n');
  const tables = text(BENCHMARKS)
    .split('\n\n')
    .filter((block) => /^\|.*test top-1/.test(block));
  const figures = tables.flatMap((table) => [...table.matchAll(/\d+\.\d\d ± \d+\.\d\d/g)]);
  t.true(figures.length > 30);
  for (const [figure] of figures) t.true(measured.includes(figure), figure);
});

for (const page of [join(ROOT, 'README.md'), ...PLUGIN_PAGES]) {
  const figures = figuresIn(text(page));
  if (figures.length === 0) continue;
  test(`accuracies of ${relative(ROOT, page)} are those of docs/benchmarks.md`, (t) => {
    const known = new Set(figuresIn(text(BENCHMARKS)));
    for (const figure of figures) t.true(known.has(figure), figure);
  });
}
