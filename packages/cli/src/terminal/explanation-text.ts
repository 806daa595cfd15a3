import type { RunWarning } from '@kdx/core';
import type { ExplainedTerm, Explanation } from '@kdx/core/inspect';
import { count, counted } from '@kdx/core/text';
import pc from 'picocolors';
import {
  averageText,
  depthsText,
  groupMeaning,
  headRuleText,
  learnsText,
  modelText,
  normalizationText,
  pluginText,
  ratesText,
  readText,
  shapeText,
} from './explanation-phrases.js';
import { activeTerms, scheduleTable } from './explanation-schedule.js';
import { columns, wrapped } from './layout.js';

/** An {@link Explanation} for people at a terminal of 100 columns. */
export function explanationText(explanation: Explanation): string {
  return [
    ['Loss of a step', formula(explanation)],
    ['Groups and their balance', groups(explanation)],
    ['Terms', explanation.terms.flatMap((term) => termLines(explanation, term))],
    ['Weights over epochs (balance × weight)', schedule(explanation)],
    ['Models', models(explanation)],
    ['Who learns', learners(explanation)],
    ['Training', training(explanation)],
    ['Plugins, in order', explanation.plugins.map(pluginText)],
    ['Warnings', explanation.warnings.flatMap(warningLines)],
  ]
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) =>
      [pc.bold(title as string), ...(lines as string[]).map((line) => `  ${line}`)].join('\n'),
    )
    .join('\n\n');
}

function formula(explanation: Explanation): string[] {
  const { symbols } = explanation;
  const terms = activeTerms(explanation);
  const sum = columns(
    terms.map(({ summand, id }, index) => [`${index === 0 ? 'L =' : '  +'} ${summand}`, id]),
    { last: pc.dim },
  );
  if (symbols.length === 0) return terms.length === 0 ? ['L = 0: no term is active in any epoch'] : sum;
  const rows = symbols.map(({ symbol, definition, of }) => [`${symbol} = ${definition}`, of]);
  return [
    ...sum,
    '',
    'where e is the epoch, counted from 0, and',
    ...columns(rows, { last: pc.dim }).map((line) => `  ${line}`),
  ];
}

function groups({ balance, terms }: Explanation): string[] {
  const used = [...new Set(terms.map(({ group }) => group))];
  const owner = balance.owner
    ? `balance held by ${balance.owner}`
    : 'nobody holds the balance: each counts 1';
  const rows = used.map((group) => [
    group,
    group === 'aux' ? '1' : (balance.weights[group] ?? '1'),
    groupMeaning(group),
  ]);
  return [owner, ...columns(rows, { last: pc.dim })];
}

function termLines({ plugins }: Explanation, term: ExplainedTerm): string[] {
  const { id, plugin, group, factors, weights, movesWithinEpoch, reads, trains, superseded } = term;
  const by = plugins.find(({ name }) => name === plugin);
  const origin = by && by.broughtBy.length > 0 ? `${plugin}, brought by ${by.broughtBy.join(', ')}` : plugin;
  const head = `${pc.bold(id)}  group ${group}, of plugin ${origin}`;
  const line = (label: string, text: string): string[] =>
    wrapped(text, { first: `  ${label.padEnd(8)}`, rest: ' '.repeat(10), width: 96 });
  if (superseded) return [head, ...line('off', `superseded by ${superseded.by}: ${superseded.reason}`)];
  const never = weights.length === 1 && weights[0][1] === 0 && !movesWithinEpoch;
  const moves = movesWithinEpoch ? ', moving within each epoch' : '';
  return [
    head,
    ...line(
      'factor',
      `balance ${factors.balance} × weight ${factors.weight}${never ? ': 0 in every epoch, so it is never computed' : moves}`,
    ),
    ...line('reads', reads.map(readText).join(', ') || 'nothing'),
    ...line('trains', trains.join(', ') || 'nobody'),
  ];
}

function schedule(explanation: Explanation): string[] {
  const table = scheduleTable(explanation);
  if (!table) return [];
  const [upper, lower] = [0, 1].map((k) => table.head.map((cell) => splitHead(cell)[k]));
  const head = lower.some((cell) => cell !== '') ? [upper, lower] : [upper];
  return columns([...head, ...table.rows]).map((line, index) => (index < head.length ? pc.dim(line) : line));
}

const warningLines = ({ code, message }: RunWarning): string[] =>
  wrapped(`${pc.yellow(code)} ${message}`, { first: '', rest: '  ', width: 98 });

/** A header on two lines, so that many terms fit beside each other. */
function splitHead(cell: string): [string, string] {
  const cut = cell.includes('/') ? cell.indexOf('/') + 1 : cell.indexOf(' ');
  return cut > 0 ? [cell.slice(0, cut).trim(), cell.slice(cut).trim()] : [cell, ''];
}

function models(explanation: Explanation): string[] {
  const { adaptations, training } = explanation;
  return explanation.models.flatMap((model, index) => {
    const line = (label: string, text: string): string[] =>
      wrapped(text, { first: label.padEnd(10), rest: ' '.repeat(10), width: 98 });
    const changed =
      index === 0
        ? adaptations.map(({ adaptation, plugin }) => `with ${adaptation}, asked for by ${plugin}`)
        : [];
    return [
      ...line(model.role, modelText(model)),
      ...changed.flatMap((text) => line('', text)),
      ...line('', `sees images with ${normalizationText(model)}`),
      ...(index === 0 ? [] : line('', depthsText(model, training.epochs))),
      ...(index === 0 ? line('', `evaluated and exported: ${headRuleText(explanation)}`) : []),
    ];
  });
}

function learners({ learners: parts, modules, training }: Explanation): string[] {
  return parts.flatMap(({ part, parameters, terms, epochs }) => {
    const module = modules.find(({ id }) => `module.${id}` === part);
    const lines = [
      `${pc.bold(part)}  ${count(parameters)} parameters`,
      ...wrapped(learnsText({ parameters, terms, epochs }, training.epochs), {
        first: '  ',
        rest: '    ',
        width: 96,
      }),
    ];
    if (!module) return lines;
    const end =
      parameters === 0
        ? ''
        : module.activeUntil === null
          ? 'learns to the end, '
          : `leaves the optimiser at epoch ${module.activeUntil}, `;
    const text = `helper of ${module.plugin}: ${module.inputs.map(readText).join(', ')} → ${shapeText(module.output)}; ${end}is saved with the run and never exported`;
    return [...lines, ...wrapped(text, { first: '  ', rest: '    ', width: 96 })];
  });
}

function training(explanation: Explanation): string[] {
  const { training: run, optimizer, learningRate, learningRates, data } = explanation;
  const { epochs, stepsPerEpoch, imagesPerStep, trainImages, targets, augment, order, rank, clip, seed } =
    run;
  const average = averageText(run);
  const line = (label: string, text: string): string[] =>
    wrapped(text, { first: label.padEnd(15), rest: ' '.repeat(15), width: 98 });
  return [
    ...line(
      'data',
      `${data}, ${counted(trainImages, 'training image')}, ${[...[order, rank].filter((text) => text !== undefined), augment.join(', ') || 'not augmented'].join(', ')}`,
    ),
    ...line('targets', targets),
    ...line(
      'length',
      `${counted(epochs, 'epoch')} of ${counted(stepsPerEpoch, 'step')}, ${counted(imagesPerStep, 'image')} each`,
    ),
    ...line('optimiser', optimizer + (clip === null ? '' : `, gradients clipped to a norm of ${clip}`)),
    ...line('learning rate', learningRate),
    ...(learningRates.length > 1 ? line('', `by epoch ${ratesText(explanation)}`) : []),
    ...(average === undefined ? [] : line('average', `${average}, evaluated too`)),
    ...line('seed', String(seed)),
  ];
}
