import { isDeepStrictEqual } from 'node:util';
import { labelOf, type TaskLabels } from '@kdx/core';
import { count } from '@kdx/core/text';
import type { PairedDifference, Spread } from '@kdx/report';
import { median } from '@kdx/report';
import { armText } from '@kdx/run/parts';
import Table from 'cli-table3';
import type { ArmPair, ArmResult, BenchResult } from '../bench/result.js';
import type { BenchTeacher } from '../bench/teachers.js';
import { widthOf } from './layout.js';

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

interface Column {
  readonly head: string;
  readonly ofArm: (arm: ArmResult, result: BenchResult) => string;
  readonly ofTeacher?: (teacher: BenchTeacher, result: BenchResult) => string;
  /** Left out where a terminal has no room for all columns. */
  readonly spare?: boolean;
}

const COLUMNS: readonly Column[] = [
  { head: 'arm', ofArm: ({ name }) => name, ofTeacher: ({ name }) => `teacher ${name}` },
  {
    head: 'parameters',
    ofArm: ({ parameters }) => (parameters === null ? '–' : count(parameters)),
    ofTeacher: ({ parameters }) => count(parameters),
    spare: true,
  },
  {
    head: 'last epoch',
    ofArm: (arm, { task }) => {
      const scores = arm.scores?.[task.headline.name];
      const heads = Object.entries(scores?.heads ?? {}).map(([head, value]) => `${head} ${spread(value)}`);
      const averaged = scores?.ema ? [`EMA ${spread(scores.ema)}`] : [];
      return [spread(scores?.last ?? null), ...heads, ...averaged].join('\n');
    },
    ofTeacher: ({ scores }, { task }) => scores[task.headline.name].toFixed(2),
  },
  { head: 'difference', ofArm: ({ difference: to }) => difference(to?.last) },
  {
    head: 'validation',
    ofArm: ({ validation }) =>
      [spread(validation?.last ?? null), ...(validation?.ema ? [`EMA ${spread(validation.ema)}`] : [])].join(
        '\n',
      ),
  },
  {
    head: 'best validation epoch',
    ofArm: ({ scores }, { task }) => spread(scores?.[task.headline.name]?.best ?? null),
  },
  {
    head: 'epoch',
    ofArm: ({ runs }) =>
      runs.length === 0 ? '–' : `${median(runs.map(({ epochSeconds }) => epochSeconds)).toFixed(1)} s`,
  },
  { head: 'runs', ofArm: ({ runs }, { seeds }) => `${runs.length}/${seeds.length}` },
];

/** The columns that have something to say; scores beside the headline stand before the times. */
function columnsOf(result: BenchResult): readonly Column[] {
  const { arms, split, task } = result;
  const shown = COLUMNS.filter(
    // Where weights are averaged, validation decides whether to take them.
    ({ head }) =>
      head !== 'validation' || (split === 'test' && arms.some(({ validation }) => validation?.ema)),
  );
  const names = Object.keys(arms.find(({ scores }) => scores !== null)?.scores ?? {});
  const others = names
    .filter((name) => name !== task.headline.name)
    .map(
      (name): Column => ({
        head: labelOf(task, name),
        ofArm: ({ scores }) => spread(scores?.[name]?.last ?? null),
        ofTeacher: ({ scores }) => scores[name].toFixed(2),
        spare: true,
      }),
    );
  const at = shown.findIndex(({ head }) => head === 'epoch');
  return [...shown.slice(0, at), ...others, ...shown.slice(at)];
}

/** A row for each teacher, then one for each arm. */
const rowsOf = (columns: readonly Column[], result: BenchResult): string[][] => [
  ...result.teachers.map((teacher) => columns.map(({ ofTeacher }) => ofTeacher?.(teacher, result) ?? '')),
  ...result.arms.map((arm) => columns.map(({ ofArm }) => ofArm(arm, result))),
];

const PAIR_HEAD = ['arm', 'minus', 'last epoch', 'best validation epoch'];
const pairRow = ({ arm, against, last, best }: ArmPair): string[] => [
  arm,
  against,
  difference(last),
  difference(best),
];

function caption({ split, seeds, baseline, complete, teachers, task }: BenchResult): string {
  const text = [
    `${split} ${labelOf(task, task.headline.name)}${unitOf(task)}, mean ± std over seeds ${seeds.join(', ')}; difference to ${armText(baseline)} seed by seed with its 95 % interval, n.s. where that holds 0; epoch: median time of training in one.`,
    ...teachers.map(
      ({ name, scores, split: on }) => `Teacher ${name}: on all ${count(scores.images)} ${on} images.`,
    ),
    ...(complete ? [] : ['Not complete: the same command resumes.']),
  ];
  return text.join(' ');
}

const pairsCaption = (task: TaskLabels): string =>
  `Points of ${labelOf(task, task.headline.name)} between every two arms, seed by seed, with 95 % intervals. Each interval stands for itself: of twenty such, one misses by chance.`;

const unitOf = ({ headline: { name }, scores }: TaskLabels): string =>
  scores[name]?.unit === undefined ? '' : ` in ${scores[name].unit}`;

function tableOf(head: readonly string[], rows: readonly string[][]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [] } });
  table.push(...rows);
  return table.toString();
}

/**
 * The figures of a comparison for a terminal.
 * @param width columns of the terminal; where they are too few, parameters and top-5 are left to the files
 */
export function benchTable(result: BenchResult, width = Number.POSITIVE_INFINITY): string {
  const all = columnsOf(result);
  const draw = (columns: readonly Column[]): string =>
    tableOf(
      columns.map(({ head }) => head),
      rowsOf(columns, result),
    );
  const whole = draw(all);
  const table = widthOf(whole.split('\n')[0]) <= width ? whole : draw(all.filter(({ spare }) => !spare));
  // Those with the baseline stand in the table above.
  const pairs = result.pairs.filter(
    ({ arm, against }) => arm !== result.baseline && against !== result.baseline,
  );
  return [
    table,
    caption(result),
    ...(pairs.length === 0 ? [] : [tableOf(PAIR_HEAD, pairs.map(pairRow)), pairsCaption(result.task)]),
  ].join('\n');
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
    .map((key) => `${key} ${code(text(config[key]))}`)
    .join(', ');
}

/** Text that Markdown reads as text, also in a cell of a table. */
const plainText = (text: string): string => text.replaceAll(/[\\`*_{}[\]<>|~#&]/g, '\\$&');

/** Text as code, whatever backticks it has. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `\`${text}\`` : `${fence} ${text} ${fence}`;
}

const markdownRow = (texts: readonly string[]): string => `| ${texts.join(' | ').replaceAll('\n', '<br>')} |`;

const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  markdownRow(head),
  markdownRow(head.map(() => '---')),
  ...rows.map(([first, ...rest]) => markdownRow([plainText(first), ...rest])),
];

/** The same as Markdown, with all pairs and what it was made of. */
export function benchMarkdown(result: BenchResult): string {
  const backends = new Set(
    result.arms.flatMap(({ runs }) =>
      runs.map(
        ({ pinned: { backend: b } }) => `${b.name} (${b.build}, ${b.threads} thread(s), ${b.precision})`,
      ),
    ),
  );
  const weights = new Set(result.arms.flatMap(({ runs }) => runs.flatMap(({ pinned }) => pinned.teachers)));
  const { cpu, node, platform } = result.environment;
  const columns = columnsOf(result);
  const { student, data, epochs } = result.arms[0].config;
  return [
    ...markdownTable(
      columns.map(({ head }) => head),
      rowsOf(columns, result),
    ),
    '',
    plainText(caption(result)),
    '',
    ...(result.pairs.length === 0
      ? []
      : [
          ...markdownTable(
            PAIR_HEAD,
            result.pairs.map((pair) => {
              const [arm, against, ...rest] = pairRow(pair);
              return [arm, plainText(against), ...rest];
            }),
          ),
          '',
          pairsCaption(result.task),
          '',
        ]),
    ...(result.recipe === undefined ? [] : [`- Recipe: ${code(result.recipe)}`]),
    ...result.arms.map(({ name, config }) => `- ${plainText(name)}: ${changes(config, result.arms)}`),
    `- Student: ${code(String(student))}, data: ${code(String(data))}, ${epochs} epochs`,
    ...[...weights].map((teacher) => `- Teacher: ${teacher}`),
    ...(backends.size === 0
      ? []
      : [`- Computed by ${[...backends].join(', ')}; kdx ${result.kdx}, Node ${node}, ${platform}, ${cpu}.`]),
    ...(result.command === undefined ? [] : [`- Command: ${code(result.command)}`]),
    '',
  ].join('\n');
}
