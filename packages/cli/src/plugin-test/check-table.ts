import { CHECKS } from '@kdx/testing';
import pc from 'picocolors';
import { padTo } from '../terminal/layout.js';
import type { CheckRow, Outcome, Refusal } from './run-checks.js';

const MARK: Record<Outcome, string> = {
  holds: pc.green('✓'),
  told: pc.yellow('!'),
  fails: pc.red('✗'),
  refused: pc.dim('–'),
};

const WIDTH = Math.max(...Object.keys(CHECKS).map((name) => name.length));

export const tableHead = (cases: readonly string[]): string =>
  ['check'.padEnd(WIDTH), ...cases.map((name) => padTo(name, 4)), 'what holds'].join('  ');

export const tableRow = ({ check, title, results }: CheckRow): string =>
  [
    check.padEnd(WIDTH),
    ...results.map(({ case: name, outcome }) => padTo(MARK[outcome], Math.max(4, name.length))),
    title,
  ].join('  ');

/** What the marks of a table stand for where they are not `✓`, once each. */
export function explained(rows: readonly CheckRow[], refused: readonly Refusal[]): string[] {
  const told = new Map<string, string[]>();
  for (const { check, results } of rows)
    for (const { case: name, notes } of results)
      for (const note of notes) {
        const line = `${check}: ${note}`;
        told.set(line, [...(told.get(line) ?? []), name]);
      }
  return [
    ...refused.map(({ case: name, error }) => `${MARK.refused} ${name}: ${error.message}`),
    ...[...told].map(([line, names]) => `${MARK.told} ${names.join(', ')}, ${line}`),
    ...rows.flatMap(({ results }) =>
      results.flatMap(({ error }) => (error ? [`${MARK.fails} ${error.code} ${error.message}`] : [])),
    ),
  ];
}
