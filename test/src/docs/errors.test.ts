import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { mentionsIn, productFiles, untabled } from '../support/error-codes.js';
import { internal, ROOT } from '../support/internal.js';

// docs/errors.md against the sources of every package: each code is stated once and raised somewhere.

interface Entry {
  readonly code: string;
  /** An exit code, or `warning`. */
  readonly exit: string;
}

const PAGE = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');
const ENTRIES: readonly Entry[] = [
  ...PAGE.matchAll(/^\| `(KDX_[A-Z0-9_]+)` \| (\w+) \| \S[^|]+ \| \S[^|]* \|$/gm),
].map(([, code, exit]) => ({ code, exit }));

const files = productFiles();
const mentions = files.flatMap(mentionsIn);

/** Words that are no codes: variables of the environment, and constants. */
const NO_CODES = [
  'KDX_DATA',
  'KDX_KERNELS',
  'KDX_LIBTORCH',
  'KDX_OFFLINE',
  'KDX_REQUIRE_TORCH',
  'KDX_TORCH_MEMORY',
  'KDX_VERSION',
];

/** Beginnings of codes outside of comments and tables. All but the testing kit's look at codes and make none. */
const BEGINNINGS = [
  'packages/cli/src/bench/run-child.ts: KDX',
  'packages/cli/src/bench/run-child.ts: KDX_',
  'packages/models/src/recipe/build-model.ts: KDX_WEIGHTS_',
  'packages/run/src/plugins/built-in.ts: KDX',
  'packages/run/src/plugins/find-plugin.ts: KDX',
  'packages/tensor/src/errors/kdx-error.ts: KDX_',
  'packages/testing/src/failure.ts: KDX_CONFORMANCE_',
  'packages/testing/src/refusal.ts: KDX_PLUGIN_',
];

/** The codes of the testing kit, one for each of its checks. */
async function conformanceCodes(): Promise<string[]> {
  const { CHECKS } = await internal<{ CHECKS: object }>('packages/testing/dist/check.js');
  const { codeOf } = await internal<{ codeOf(check: string): string }>('packages/testing/dist/failure.js');
  return Object.keys(CHECKS).map(codeOf);
}

const sorted = (words: Iterable<string>): string[] => [...new Set(words)].sort();
const isCode = ({ word }: { word: string }): boolean =>
  word.startsWith('KDX_') && !word.endsWith('_') && !NO_CODES.includes(word);

test('every code that a source can raise has an entry in docs/errors.md, and every entry is raised', async (t) => {
  const raised = [
    ...mentions
      .filter(({ comment }) => !comment)
      .filter(isCode)
      .map(({ word }) => word),
  ];
  const inSource = sorted([...raised, ...(await conformanceCodes())]);
  const inPage = sorted(ENTRIES.map(({ code }) => code));
  t.deepEqual(
    inSource.filter((code) => !inPage.includes(code)),
    [],
    'give each of these a line in docs/errors.md',
  );
  t.deepEqual(
    inPage.filter((code) => !inSource.includes(code)),
    [],
    'no source has these any more: take them out of docs/errors.md',
  );
  t.is(ENTRIES.length, inPage.length, 'a code has two entries');
  t.true(inSource.length > 180, `${inSource.length} codes were found`);
});

test('comments speak of no code that nobody raises', (t) => {
  const inPage = new Set(ENTRIES.map(({ code }) => code));
  t.deepEqual(
    mentions
      .filter(({ comment }) => comment)
      .filter(isCode)
      .filter(({ word }) => !inPage.has(word))
      .map(({ path, word }) => `${path}: ${word}`),
    [],
  );
});

test('the reader misses no code: beginnings are all known, and every error is made from a table', (t) => {
  const beginnings = mentions.filter(
    ({ comment, word }) => !comment && (word.endsWith('_') || !word.includes('_')),
  );
  t.deepEqual(sorted(beginnings.map(({ path, word }) => `${path}: ${word}`)), BEGINNINGS);
  t.deepEqual(files.flatMap(untabled), []);
});

test('the page is what the tables of the packages say', (t) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'scripts', 'errors-page.mjs'), '--check'],
    {
      encoding: 'utf8',
    },
  );
  t.is(status, 0, stderr);
});

test('the page says the exit codes that kdx ends with', async (t) => {
  const { EXIT } = await internal<{ EXIT: Readonly<Record<string, number>> }>(
    'packages/cli/dist/terminal/fail.js',
  );
  const table = [...PAGE.matchAll(/^\| (\d+) \| \S/gm)].map(([, code]) => Number(code));
  t.deepEqual(table, [0, ...Object.values(EXIT)]);
});
