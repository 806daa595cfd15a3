import type {
  ExplainedLearner,
  ExplainedModel,
  ExplainedPlugin,
  ExplainedRead,
  Explanation,
} from '@kdx/core/inspect';
import { count, number } from '@kdx/core/text';
import { epochsText, rateSamples, stretchesText } from './explanation-schedule.js';

/** Whom the terms of a group speak for. */
const GROUP_MEANINGS: Readonly<Record<string, string>> = {
  task: 'ground truth',
  distill: "the teacher's logits, or their stand-in",
  mutual: 'student and shadow teach each other',
  hint: 'features',
  aux: 'regularisers, never touched by the balance',
};

export const groupMeaning = (group: string): string => GROUP_MEANINGS[group] ?? group;

/** `[B, 8, 8, 32]`. */
export const shapeText = (shape: readonly number[]): string => `[${['B', ...shape].join(', ')}]`;

export const readText = ({ ref, shape }: ExplainedRead): string => `${ref} ${shapeText(shape)}`;

export const pluginText = ({ name, version, broughtBy, isTask }: ExplainedPlugin): string => {
  const how =
    broughtBy.length > 0 ? `brought by ${broughtBy.join(', ')}` : isTask ? 'the base task' : 'asked for';
  return `${name} ${version} (${how})`;
};

/** When a part learns, and from what. */
export function learnsText(
  { parameters, terms, epochs }: Omit<ExplainedLearner, 'part'>,
  allEpochs: number,
): string {
  if (parameters === 0) return 'has nothing to learn';
  if (terms.length === 0) return 'learns from no term';
  return `learns ${stretchesText(epochs, allEpochs)} from ${terms.join(', ')}`;
}

/** What is evaluated and exported, and who chose it. */
export function headRuleText({ headRule, headRuleOwner, models }: Explanation): string {
  const heads = models[0].heads.join(', ');
  const by = headRuleOwner === null ? '' : `, chosen by ${headRuleOwner}`;
  switch (headRule) {
    case 'mean':
      return `the mean of the logits of its heads (${heads})${by}`;
    case 'sum-softmax':
      return `the sum of the softmax of its heads (${heads})${by}`;
    default:
      return `the ${headRule} head${models[0].heads.length > 1 ? ` (of ${heads})` : ''}${by}`;
  }
}

export const modelText = ({ name, parameters, inputSize, heads }: ExplainedModel): string =>
  `${name}, ${count(parameters)} parameters, input ${inputSize.join('×')}${heads.length > 1 ? `, heads ${heads.join(' and ')}` : ''}`;

/** Which epochs a model runs in, and how deep: `to logits in epochs 0–24, not run in epochs 25–29`. */
export function depthsText({ depth }: ExplainedModel, epochs: number): string {
  const told = (value: string | null): string =>
    value === null ? 'is not run' : value === 'logits' ? 'runs to its logits' : `runs as deep as ${value}`;
  if (depth.length === 1) return `${told(depth[0][1])} in every epoch`;
  return depth
    .map(([from, value], index) => {
      const to = (depth[index + 1]?.[0] ?? epochs) - 1;
      return `${told(value)} in epoch${from === to ? '' : 's'} ${epochsText([from, to])}`;
    })
    .join(', ');
}

/** Few numbers where a schedule moves all the time: `0: 0.05, 19: 0.005`. */
export const ratesText = ({ learningRates, training }: Explanation): string =>
  rateSamples(learningRates, training.epochs)
    .map(([epoch, rate]) => `${epoch}: ${number(rate)}`)
    .join(', ');

/** Whether the teacher's and the student's statistics are the same is worth a word. */
export const normalizationText = ({ mean, std }: ExplainedModel): string =>
  `mean ${mean.map(number).join(', ')}; std ${std.map(number).join(', ')}`;

/** The average of the student's weights; undefined where the run keeps none. */
export const averageText = ({ ema, emaWarmup }: Explanation['training']): string | undefined =>
  ema === null
    ? undefined
    : `of the student's weights with decay ${ema}${emaWarmup ? ', at most (1 + n)/(10 + n) in update n' : ''}`;
