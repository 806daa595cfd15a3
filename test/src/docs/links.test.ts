import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import test from 'ava';
import { ROOT } from '../support/internal.js';

// Links of the documentation to files and headings of the repository lead somewhere.

const pages = [
  join(ROOT, 'README.md'),
  join(ROOT, 'examples', 'README.md'),
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(ROOT, 'docs', name)),
];

/** As GitHub names headings: lower case, no marks, blanks as hyphens. */
const anchorsIn = (page: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

for (const page of pages) {
  test(`links of ${relative(ROOT, page)} lead somewhere`, (t) => {
    const text = readFileSync(page, 'utf8').replaceAll(/```.*?```/gs, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
    for (const link of links.filter((target) => !/^\w+:/.test(target))) {
      const [path, anchor] = link.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      t.true(existsSync(file), link);
      if (anchor !== undefined) t.true(anchorsIn(file).includes(anchor), link);
    }
  });
}
