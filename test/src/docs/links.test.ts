import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import test from 'ava';
import { ROOT } from '../support/internal.js';
import { PAGES } from '../support/pages.js';

// Links of the documentation to files and headings of the repository lead somewhere.

/** As GitHub names headings: lower case, no marks, blanks as hyphens. */
const anchorsIn = (page: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

for (const page of PAGES) {
  test(`links of ${relative(ROOT, page)} lead somewhere`, (t) => {
    const text = readFileSync(page, 'utf8').replaceAll(/```.*?```/gs, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
    const dead = links.filter((link) => {
      if (/^\w+:/.test(link)) return false;
      const [path, anchor] = link.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      return !existsSync(file) || (anchor !== undefined && !anchorsIn(file).includes(anchor));
    });
    t.deepEqual(dead, []);
  });
}
