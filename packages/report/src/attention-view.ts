import { existsSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { scoredImages } from '@kdx/core/text';
import { readJson } from '@kdx/tensor';
import { conventionPhrases } from './attention/convention.js';
import type { AttentionResult } from './attention/result.js';
import { ATTENTION } from './attention-schema.js';
import { kdxError } from './errors.js';
import type { AttentionView } from './page/page-data.js';

/** What `kdx attention --json > attention.json` leaves. */
const NAME = 'attention.json';

/** The files with attention distances that stand in, or right above, the folders named and the runs found in them. */
export function findAttention(directories: readonly string[], runs: readonly string[]): string[] {
  const folders = [...directories.map((directory) => resolve(directory)), ...runs, ...runs.map(dirname)];
  return [...new Set(folders.map((folder) => join(folder, NAME)))].filter((file) => existsSync(file));
}

/**
 * Attention distances as a page shows them.
 * @param runs the run folders of the page, absolute: a line that is of one of them has its colour
 * @throws KdxError `KDX_CONFIG` for a file that `kdx attention --json` did not write
 */
export function readAttention(file: string, runs: readonly string[]): AttentionView {
  const result = readJson(file, ATTENTION, (why, cause) =>
    kdxError(
      'KDX_CONFIG',
      `${file} is not what "kdx attention --json" prints (${why}); write it again: kdx attention … --json > ${file}`,
      { cause },
    ),
  );
  return viewOf(result, runs);
}

function viewOf(result: AttentionResult, runs: readonly string[]): AttentionView {
  const { images, sample, split, data, even, arms } = result;
  return {
    caption: `${scoredImages({ images }, split, sample)}${sample ? ',' : ''} of ${data.replace(/[:?].*$/s, '')}; ${conventionPhrases(result).join('; ')}`,
    even,
    lines: arms.map(({ label, blocks, runs: measured }) => ({
      label: measured.length > 1 ? `${label} (${measured.length} runs)` : label,
      run: measured.map(({ weights }) => runOf(weights, runs)).find((run) => run !== undefined),
      mean: blocks.map(({ mean }) => mean),
      std: blocks.map(({ std }) => std),
      heads: blocks.map((_, block) => measured.flatMap(({ distances }) => distances[block])),
    })),
  };
}

/** The one run that a weight file is of, whose path is relative to a folder nobody knows: its last folders are the run's. */
function runOf(weights: string | null, runs: readonly string[]): string | undefined {
  const folders = dirname(weights ?? '')
    .split(/[/\\]/)
    .filter((part) => !['', '.', '..'].includes(part));
  if (folders.length === 0) return undefined;
  const own = runs.filter((run) => `${run}${sep}`.endsWith(`${sep}${folders.join(sep)}${sep}`));
  return own.length === 1 ? own[0] : undefined;
}
