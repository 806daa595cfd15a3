import type { Explanation } from '@kdx/core';
import Table from 'cli-table3';
import { number } from './format.js';

/** An {@link Explanation} for people. */
export function explanationText(explanation: Explanation): string {
  const { terms, balance, plugins, modules, adaptations } = explanation;
  const active = terms.filter(({ superseded }) => !superseded);
  const formula = active.map(({ weights, formula: text }) => `${weightText(weights)}·${text}`).join('\n  + ');
  const table = new Table({
    head: ['term', 'group', 'weight by epoch', 'reads', 'trains'],
    style: { head: [], border: [] },
  });
  for (const { id, group, weights, reads, trains, superseded } of terms) {
    table.push([
      id,
      group,
      superseded ? `superseded by ${superseded.by}: ${superseded.reason}` : weightText(weights),
      reads.map(({ ref, shape }) => `${ref} [B, ${shape.join(', ')}]`).join('\n'),
      trains.join('\n'),
    ]);
  }
  const lines = [
    `L = ${formula}`,
    '',
    table.toString(),
    '',
    `student      ${explanation.student}${adaptations.map(({ adaptation, plugin }) => ` (+ ${adaptation}, by ${plugin})`).join('')}`,
    `teachers     ${explanation.teachers.join(', ') || 'none'}`,
    `data         ${explanation.data}`,
    `plugins      ${plugins.map(({ name, broughtBy }) => name + (broughtBy.length > 0 ? ` (brought by ${broughtBy.join(', ')})` : '')).join(', ')}`,
    `balance      ${balance.owner ?? 'nobody, every group counts 1'}${Object.entries(balance.weights)
      .map(([group, text]) => `, ${group} ${text}`)
      .join('')}`,
    `evaluates    ${explanation.headRule} head`,
    `optimiser    ${explanation.optimizer}; learning rate ${explanation.learningRate}`,
    ...modules.map(
      ({ id, parameters, activeUntil }) =>
        `module       ${id}: ${parameters} parameters${activeUntil === null ? '' : `, until epoch ${activeUntil}`}`,
    ),
  ];
  return lines.join('\n');
}

function weightText(weights: readonly (readonly [number, number])[]): string {
  if (weights.length === 1) return number(weights[0][1]);
  const shown =
    weights.length > 5 ? [...weights.slice(0, 3), weights.at(-1) as readonly [number, number]] : weights;
  return `(${shown.map(([epoch, value]) => `${number(value)} from ${epoch}`).join(', ')})`;
}
