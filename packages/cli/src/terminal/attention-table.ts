import { scoredImages } from '@kdx/core/text';
import type { AttentionResult, BlockDistance } from '@kdx/report';
import { conventionPhrases } from '@kdx/report';
import Table from 'cli-table3';

/** Mean over heads, its deviation over runs where there are several, and the heads from the most local to the most global. */
function cell(block: BlockDistance | undefined): string {
  if (!block) return '–';
  const { mean, std, lowest, highest } = block;
  const deviation = std === null ? [] : [`± ${std.toFixed(2)}`];
  return [mean.toFixed(2), ...deviation, `${lowest.toFixed(2)}–${highest.toFixed(2)}`].join('\n');
}

function caption(result: AttentionResult): string {
  const { arms, data, images, sample, split, grid, patch, even } = result;
  const several = arms.some(({ runs }) => runs.length > 1);
  const untrained = arms.flatMap(({ label, runs }) =>
    runs.some((run) => run.weights === null) ? [label] : [],
  );
  return [
    `Mean attention distance in patches (of ${patch.join('×')} pixels) on ${scoredImages({ images }, split, sample)}${sample ? ',' : ''} of ${data}: mean over heads${several ? ' ± std over runs' : ''}, then the range of the heads. Blocks count from 0, as taps do.`,
    `Convention: ${conventionPhrases(result).join('; ')}. Attention spread evenly over the ${grid.join('×')} patches alone has ${even.toFixed(2)}.`,
    ...(untrained.length === 0 ? [] : [`Without weights, so as initialised: ${untrained.join(', ')}.`]),
  ].join('\n');
}

/** Attention distances for a terminal: a row for each label, a column for each block. */
export function attentionTable(result: AttentionResult): string {
  const depth = Math.max(...result.arms.map(({ blocks }) => blocks.length));
  const blocks = Array.from({ length: depth }, (_, block) => block);
  const table = new Table({
    head: ['model', 'runs', ...blocks.map((block) => `block ${block}`)],
    style: { head: [], border: [] },
  });
  for (const { label, runs, blocks: measured } of result.arms) {
    table.push([label, String(runs.length), ...blocks.map((block) => cell(measured[block]))]);
  }
  return `${table.toString()}\n${caption(result)}`;
}
