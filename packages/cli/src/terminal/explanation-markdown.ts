import type { ExplainedTerm, Explanation } from '@kdx/core/inspect';
import { count, counted } from '@kdx/core/text';
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

/** An {@link Explanation} as Markdown, for a paper's appendix or a pull request. */
export function explanationMarkdown(explanation: Explanation): string {
  const { student, teachers, data } = explanation;
  const title = `${student}${teachers.length > 0 ? ` taught by ${teachers.join(' and ')}` : ''} on ${data}`;
  return [
    `## ${title}`,
    ...explanation.warnings.map(({ code, message }) => `> ${code}: ${message}`),
    ...formula(explanation),
    '### Groups and balance',
    ...groups(explanation),
    '### Terms',
    table(
      ['term', 'group', 'balance × weight', 'reads', 'trains', 'plugin'],
      explanation.terms.map((term) => termRow(explanation, term)),
    ),
    ...schedule(explanation),
    '### Models',
    list(
      explanation.models.map((model, index) => {
        const adapted = explanation.adaptations.map(
          ({ adaptation, plugin }) => `; ${adaptation} by ${plugin}`,
        );
        const more = index === 0 ? adapted.join('') : `; ${depthsText(model, explanation.training.epochs)}`;
        return `**${model.role}**: ${modelText(model)}; normalised with ${normalizationText(model)}${more}`;
      }),
    ),
    `Evaluated and exported is ${headRuleText(explanation)}.`,
    '### Who learns',
    list(learners(explanation)),
    '### Training',
    list(training(explanation)),
  ].join('\n\n');
}

function formula(explanation: Explanation): string[] {
  const lines = activeTerms(explanation).map(
    ({ summand }, index) => `${index === 0 ? 'L =' : '  +'} ${summand}`,
  );
  const { symbols } = explanation;
  const code = ['```', ...(lines.length > 0 ? lines : ['L = 0']), '```'].join('\n');
  if (symbols.length === 0) return [code];
  const where = symbols.map(({ symbol, definition, of }) => `\`${symbol} = ${definition}\` (${of})`);
  return [code, 'where e is the epoch, counted from 0, and', list(where)];
}

function groups({ balance, terms }: Explanation): string[] {
  const used = [...new Set(terms.map(({ group }) => group))];
  return [
    balance.owner
      ? `The balance is held by ${balance.owner}.`
      : 'Nobody holds the balance; each group counts 1.',
    table(
      ['group', 'balance', 'speaks for'],
      used.map((group) => [
        group,
        group === 'aux' ? '1' : (balance.weights[group] ?? '1'),
        groupMeaning(group),
      ]),
    ),
  ];
}

function termRow({ plugins }: Explanation, term: ExplainedTerm): string[] {
  const { id, group, formula: text, factors, reads, trains, plugin, superseded } = term;
  const brought = plugins.find(({ name }) => name === plugin)?.broughtBy ?? [];
  return [
    `\`${id}\`: ${text}`,
    group,
    superseded
      ? `superseded by ${superseded.by}: ${superseded.reason}`
      : `${factors.balance} × ${factors.weight}`,
    reads.map((read) => `\`${readText(read)}\``).join(', '),
    trains.map((part) => `\`${part}\``).join(', '),
    brought.length > 0 ? `${plugin}, brought by ${brought.join(', ')}` : plugin,
  ];
}

function schedule(explanation: Explanation): string[] {
  const changes = scheduleTable(explanation);
  return changes ? ['### Weights over epochs', table(changes.head, changes.rows)] : [];
}

function learners({ learners: parts, modules, training: { epochs } }: Explanation): string[] {
  return parts.map(({ part, parameters, terms, epochs: stretches }) => {
    const ids = terms.map((id) => `\`${id}\``);
    const text = `\`${part}\`, ${count(parameters)} parameters: ${learnsText({ parameters, terms: ids, epochs: stretches }, epochs)}`;
    const module = modules.find(({ id }) => `module.${id}` === part);
    if (!module) return text;
    const end =
      parameters === 0 || module.activeUntil === null
        ? ''
        : `; leaves the optimiser at epoch ${module.activeUntil}`;
    return `${text}; helper of ${module.plugin}, \`${module.inputs.map(readText).join(', ')} → ${shapeText(module.output)}\`${end}; not exported`;
  });
}

function training(explanation: Explanation): string[] {
  const { training: run, optimizer, learningRate, learningRates, plugins } = explanation;
  const { epochs, stepsPerEpoch, imagesPerStep, trainImages, targets, augment, order, rank, clip, seed } =
    run;
  const average = averageText(run);
  return [
    `${counted(epochs, 'epoch')} of ${counted(stepsPerEpoch, 'step')}, ${counted(imagesPerStep, 'image')} each; ${counted(trainImages, 'training image')}, ${[...[order, rank].filter((text) => text !== undefined), augment.join(', ') || 'not augmented'].join(', ')}`,
    `targets: ${targets}`,
    `optimiser: ${optimizer}${clip === null ? '' : `, gradients clipped to a norm of ${clip}`}`,
    `learning rate: ${learningRate}${learningRates.length > 1 ? ` (by epoch ${ratesText(explanation)})` : ''}`,
    ...(average === undefined ? [] : [`average ${average}`]),
    `seed ${seed}`,
    `plugins: ${plugins.map(pluginText).join(', ')}`,
  ];
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
