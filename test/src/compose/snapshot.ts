import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Outcome, STUDENTS, type StudentKind } from './compositions.js';

/** Types in this command renews the snapshots. */
export const REFRESH = 'npx tsc -b test && node test/dist/compose/refresh.js';

/** Snapshots lie beside the sources, so that a change to one shows up in review. */
const fileOf = (kind: StudentKind): string =>
  fileURLToPath(new URL(`../../src/compose/pairs-${kind}.md`, import.meta.url));

/** The title of a set of plugins. */
export const titleOf = (folders: readonly string[]): string => folders.join(' + ') || 'no plugin';

/** An outcome as a section of Markdown: the loss first, then all of the explanation. */
export function sectionOf(outcome: Outcome): string {
  if ('refused' in outcome) return `Refused with \`${outcome.refused.code}\`: ${outcome.refused.reason}`;
  const { explanation } = outcome;
  const sum = explanation.terms
    .filter(({ superseded }) => !superseded)
    .map(({ summand }, index) => `${index === 0 ? 'L =' : '  +'} ${summand}`);
  return ['```', ...sum, '```', '', '```json', readableJson(explanation), '```'].join('\n');
}

/** Sections of a committed snapshot, by title; empty where there is no file. */
export function readSections(kind: StudentKind): ReadonlyMap<string, string> {
  const file = fileOf(kind);
  if (!existsSync(file)) return new Map();
  const sections = readFileSync(file, 'utf8').split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end).trim()] as const;
    }),
  );
}

export function writeSections(kind: StudentKind, sections: ReadonlyMap<string, string>): void {
  const head = `# Plugins on ${STUDENTS[kind]}, alone and in pairs\n\nWritten by \`${REFRESH}\`; read the difference before it is committed.`;
  const body = [...sections].map(([title, text]) => `## ${title}\n\n${text}`);
  writeFileSync(fileOf(kind), `${[head, ...body].join('\n\n')}\n`);
}

const WIDTH = 108;

/** Six digits: the last ones of a cosine are another processor's choice. */
const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(6)) : value;

/** JSON with whatever fits on a line on one line. */
function readableJson(value: unknown, indent = ''): string {
  const short = JSON.stringify(value, rounded);
  if (indent.length + short.length <= WIDTH || typeof value !== 'object' || value === null) return short;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map((entry) => inner + readableJson(entry, inner)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value).map(
    ([key, entry]) => `${inner}${JSON.stringify(key)}: ${readableJson(entry, inner)}`,
  );
  return `{\n${entries.join(',\n')}\n${indent}}`;
}
