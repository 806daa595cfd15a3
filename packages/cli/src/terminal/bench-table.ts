import { isDeepStrictEqual } from 'node:util';
import Table from 'cli-table3';
import { median } from '../bench/median.js';
import type { ArmResult, BenchResult } from '../bench/result.js';
import type { Spread } from '../bench/spread.js';
import type { PairedDifference } from '../bench/statistics.js';

const HEAD = ['arm', 'last epoch', 'difference', 'best validation epoch', 'epoch', 'runs'];

const spread = (value: Spread | null): string =>
  value === null ? '–' : value.mean.toFixed(2) + (value.std === null ? '' : ` ± ${value.std.toFixed(2)}`);

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;

/** A difference whose interval holds 0 is called what it is. */
function difference(value: PairedDifference | null | undefined): string {
  if (!value) return '';
  if (value.interval === null) return `${signed(value.mean)} (one seed)`;
  const [low, high] = value.interval;
  const text = `${signed(value.mean)} [${signed(low)}, ${signed(high)}]`;
  return low <= 0 && high >= 0 ? `${text} n.s.` : text;
}

function cells({ name, top1, difference: toFirst, runs }: ArmResult, result: BenchResult): string[] {
  const seconds = median(runs.map(({ epochSeconds }) => epochSeconds));
  const heads = Object.entries(top1?.heads ?? {}).map(([head, value]) => `${head} ${spread(value)}`);
  return [
    name,
    [spread(top1?.last ?? null), ...heads, ...(top1?.ema ? [`EMA ${spread(top1.ema)}`] : [])].join('\n'),
    difference(toFirst?.last),
    spread(top1?.best ?? null),
    runs.length === 0 ? '–' : `${seconds.toFixed(1)} s`,
    `${runs.length}/${result.seeds.length}`,
  ];
}

function caption({ split, seeds, arms, complete }: BenchResult): string {
  const text = `${split} top-1 in %, mean ± std over seeds ${seeds.join(', ')}; difference to ${arms[0].name} seed by seed with its 95 % interval, n.s. where that holds 0; epoch: median time of training in one.`;
  return complete ? text : `${text} Not complete: the same command goes on.`;
}

/** The figures of a comparison for a terminal. */
export function benchTable(result: BenchResult): string {
  const table = new Table({ head: HEAD, style: { head: [], border: [] } });
  for (const arm of result.arms) table.push(cells(arm, result));
  return `${table.toString()}\n${caption(result)}`;
}

/** The keys of an arm's config in which the arms differ. */
function changes(config: ArmResult['config'], arms: readonly ArmResult[]): string {
  const keys = [...new Set(arms.flatMap((arm) => Object.keys(arm.config)))];
  const differs = (key: string): boolean =>
    arms.some((arm) => !isDeepStrictEqual(arm.config[key], arms[0].config[key]));
  const text = (value: unknown): string =>
    typeof value === 'string' ? value : JSON.stringify(value ?? 'none');
  return keys
    .filter((key) => key !== 'teacherCache' && differs(key))
    .map((key) => `${key} \`${text(config[key])}\``)
    .join(', ');
}

/** The same as Markdown, with what it was made of. */
export function benchMarkdown(result: BenchResult): string {
  const row = (texts: readonly string[]): string => `| ${texts.join(' | ').replaceAll('\n', '<br>')} |`;
  const backends = new Set(
    result.arms.flatMap(({ runs }) =>
      runs.map(
        ({ pinned: { backend: b } }) => `${b.name} (${b.build}, ${b.threads} thread(s), ${b.precision})`,
      ),
    ),
  );
  const weights = new Set(result.arms.flatMap(({ runs }) => runs.flatMap(({ pinned }) => pinned.teachers)));
  const { cpu, node, platform } = result.environment;
  return [
    row(HEAD),
    row(HEAD.map(() => '---')),
    ...result.arms.map((arm) => row(cells(arm, result))),
    '',
    caption(result),
    '',
    ...(result.recipe === undefined ? [] : [`- Recipe: \`${result.recipe}\``]),
    ...result.arms.map(({ name, config }) => `- ${name}: ${changes(config, result.arms)}`),
    `- Student: \`${result.arms[0].config.student}\`, data: \`${result.arms[0].config.data}\`, ${result.arms[0].config.epochs} epochs`,
    ...[...weights].map((teacher) => `- Teacher: ${teacher}`),
    `- Computed by ${[...backends].join(', ')}; kdx ${result.kdx}, Node ${node}, ${platform}, ${cpu}.`,
    ...(result.command === undefined ? [] : [`- Command: \`${result.command}\``]),
    '',
  ].join('\n');
}
