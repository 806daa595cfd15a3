import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ConformanceReport } from './report.js';

/** Lists live beside the sources, so that a change to one shows up in review. */
const fileOf = (backendName: string): string =>
  fileURLToPath(new URL(`../../src/conformance/${backendName}-known-failures.txt`, import.meta.url));

/** Sorted full names of the specs that are known to fail on a back end; one per line in the file. */
export async function readKnownFailures(backendName: string): Promise<string[]> {
  const text = await readFile(fileOf(backendName), 'utf8');
  return text.split('\n').filter((line) => line !== '');
}

/** Replaces the list of a back end by what a run found. */
export async function writeKnownFailures(backendName: string, report: ConformanceReport): Promise<void> {
  const names = new Set(report.failures.map(({ name }) => oneLine(name)));
  await writeFile(fileOf(backendName), `${[...names].sort().join('\n')}\n`);
}

/** How a run differs from the list. Both empty: nothing changed. */
export interface FailureChanges {
  /** Failed and not listed, with the first failed expectation. */
  readonly broken: readonly string[];
  /** Listed and passed. */
  readonly mended: readonly string[];
}

/** Compares a run with the list of known failures. */
export function compareWithKnown(report: ConformanceReport, known: readonly string[]): FailureChanges {
  const listed = new Set(known);
  const failed = new Set(report.failures.map(({ name }) => oneLine(name)));
  return {
    broken: report.failures
      .filter(({ name }) => !listed.has(oneLine(name)))
      .map(({ name, message }) => `${oneLine(name)}: ${oneLine(message).slice(0, 300)}`),
    mended: known.filter((name) => !failed.has(name)),
  };
}

// A few suites put a line break into the name of a spec.
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
