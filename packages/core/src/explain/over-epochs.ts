import type { Composition } from '../compose/composition.js';
import type { Clock } from '../contracts/schedule.js';
import { clockAt } from '../train/loop.js';
import type { Epochs, OverEpochs } from './explanation.js';

type Span = Pick<Composition, 'settings' | 'stepsPerEpoch'>;

/** The clock at a step of an epoch. */
export function clockOf({ settings, stepsPerEpoch }: Span, epoch: number, stepInEpoch = 0): Clock {
  return clockAt([{ epochs: settings.epochs, stepsPerEpoch }], epoch * stepsPerEpoch + stepInEpoch);
}

/** First, middle and last step of an epoch: a weight that moves within it may be 0 at one of its ends. */
export function clocksWithin(span: Span, epoch: number): Clock[] {
  const last = span.stepsPerEpoch - 1;
  return [...new Set([0, Math.floor(last / 2), last])].map((step) => clockOf(span, epoch, step));
}

/** What a value is over the epochs of a run, where it changes; arrays and objects count by their JSON. */
export function overEpochs<T>(epochs: number, valueAt: (epoch: number) => T): OverEpochs<T> {
  const changes: [number, T][] = [];
  let before: string | undefined;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const value = valueAt(epoch);
    const key = JSON.stringify(value);
    if (key !== before) changes.push([epoch, value]);
    before = key;
  }
  return changes;
}

/** The stretches of epochs for which something holds. */
export function epochsWhere(epochs: number, holds: (epoch: number) => boolean): Epochs[] {
  return overEpochs(epochs, holds).flatMap(([from, value], index, all) =>
    value ? [[from, (all[index + 1]?.[0] ?? epochs) - 1] as const] : [],
  );
}
