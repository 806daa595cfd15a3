import type { Composition } from '../compose/composition.js';
import type { Clock } from '../contracts/schedule.js';
import type { EventStream } from '../events/event-stream.js';
import type { Progress } from './progress.js';
import { emptySums, means, type StepMetrics } from './step-metrics.js';
import { termWeights } from './step-plan.js';
import type { Stopwatch } from './stopwatch.js';

interface Logged {
  readonly composition: Composition;
  readonly events: EventStream;
  readonly metrics: StepMetrics;
  readonly stopwatch: Stopwatch;
}

/** Sends the events `step` and `epoch`: mean losses since the last one, and how fast it went. */
export class LossLog {
  constructor(private readonly logged: Logged) {}

  /** Reads the losses that are still on the device. @throws KdxError `KDX_NON_FINITE` */
  flush({ epochSums, recentSums }: Pick<Progress, 'epochSums' | 'recentSums'>): Promise<void> {
    return this.logged.metrics.flush(epochSums, recentSums);
  }

  async step(progress: Pick<Progress, 'epochSums' | 'recentSums'>, clock: Clock): Promise<void> {
    const { composition, events, stopwatch } = this.logged;
    await this.flush(progress);
    const { loss, terms } = means(progress.recentSums);
    events.send({
      type: 'step',
      step: clock.step + 1,
      epoch: clock.epoch,
      loss,
      terms,
      weights: termWeights(composition, clock),
      learningRate: composition.learningRate.at(clock),
      imagesPerSecond: stopwatch.rate(progress.recentSums.images),
    });
    progress.recentSums = emptySums();
  }

  /** Of a whole epoch; its losses are read already. */
  epoch(progress: Pick<Progress, 'epochSums' | 'trainLoss'>, clock: Clock): void {
    const { composition, events, stopwatch } = this.logged;
    const { loss, terms } = means(progress.epochSums);
    progress.trainLoss = loss;
    progress.epochSums = emptySums();
    const seconds = stopwatch.lap();
    events.send({ type: 'epoch', step: clock.step + 1, epoch: clock.epoch, loss, terms, seconds });
    composition.hooks.endEpoch(clock.epoch, seconds);
  }
}
