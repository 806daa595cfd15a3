import type { HeadScores, LoggedEvent, Scores } from '@kdx/core';

/** Values of one step by their tags; TensorBoard makes a section of what is before the first `/`. */
export interface Scalars {
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

const prefixed = (prefix: string, values: Readonly<Record<string, number>> = {}): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([id, value]) => [`${prefix}/${id}`, value]));

const scores = (prefix: string, { top1, top5, loss, ece }: Scores, suffix = ''): Record<string, number> =>
  Object.fromEntries(
    Object.entries({ top1, top5, loss, ece }).map(([name, value]) => [`${prefix}/${name}${suffix}`, value]),
  );

/** The fused head is the model's; others are named. A model with one head has the same scores twice. */
function headScores(prefix: string, heads: HeadScores): Record<string, number> {
  const names = Object.keys(heads).filter((head) => head === 'fused' || Object.keys(heads).length > 2);
  return Object.assign(
    {},
    ...names.map((head) => scores(prefix, heads[head], head === 'fused' ? '' : `_${head}`)),
  );
}

/** What an event is in TensorBoard. */
export function scalarsOf(event: LoggedEvent): Scalars | undefined {
  switch (event.type) {
    case 'step': {
      const { step, loss, terms, weights, learningRate, imagesPerSecond } = event;
      return {
        step,
        values: {
          'train/loss': loss,
          'train/learning_rate': learningRate,
          'train/images_per_second': imagesPerSecond,
          ...prefixed('terms', terms),
          ...prefixed('weights', weights),
        },
      };
    }
    case 'epoch':
      return { step: event.step, values: { 'epoch/loss': event.loss, 'epoch/seconds': event.seconds } };
    case 'evaluation': {
      const { step, split, weights, heads } = event;
      return { step, values: headScores(weights === 'last' ? split : `${split}_${weights}`, heads) };
    }
    case 'teacher':
      // Scored once, before the first step.
      return { step: 0, values: scores(`teacher_${event.split}`, event.scores, `/${event.name}`) };
    default:
      return undefined;
  }
}
