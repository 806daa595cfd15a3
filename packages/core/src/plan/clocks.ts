import type { Clock } from '../contracts/schedule.js';
import { clockAt } from '../train/loop.js';

/** What of a run decides its clocks. */
export interface Span {
  readonly settings: { readonly epochs: number };
  readonly stepsPerEpoch: number;
}

/** The clock at a step of an epoch. */
export function clockOf({ settings, stepsPerEpoch }: Span, epoch: number, stepInEpoch = 0): Clock {
  return clockAt([{ epochs: settings.epochs, stepsPerEpoch }], epoch * stepsPerEpoch + stepInEpoch);
}

/** First, middle and last step of an epoch: a weight that moves within it may be 0 at one of its ends. */
export function clocksWithin(span: Span, epoch: number): Clock[] {
  const last = span.stepsPerEpoch - 1;
  return [...new Set([0, Math.floor(last / 2), last])].map((step) => clockOf(span, epoch, step));
}

/** Most epochs of which a plan looks at each. */
const MOST_EPOCHS = 20_000;

/** The epochs of a run, or so many of a very long one, first and last among them. */
export function sampledEpochs(epochs: number): number[] {
  const count = Math.min(epochs, MOST_EPOCHS);
  return Array.from({ length: count }, (_, k) =>
    count === epochs ? k : Math.round((k * (epochs - 1)) / (count - 1)),
  );
}
