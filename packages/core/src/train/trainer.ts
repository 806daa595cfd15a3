import { isKdxError, type KdxError, messageOf, Optimizer } from '@kdx/tensor';
import { inject, injectable } from 'tsyringe';
import { BatchLoader } from '../batch/batch-loader.js';
import type { Composition } from '../compose/composition.js';
import {
  BATCH_LOADER,
  CLOCK,
  COMPOSITION,
  EVALUATOR,
  EVENT_SINK,
  EVENT_STREAM,
  RUN_NAME,
  RUN_STORE,
  TEACHER_CACHE,
} from '../compose/tokens.js';
import type { Evaluator } from '../contracts/evaluator.js';
import type { EventSink } from '../contracts/event-sink.js';
import type { Clock } from '../contracts/schedule.js';
import type { RunStorage } from '../contracts/storage.js';
import type { RunSummary } from '../contracts/summary.js';
import { labelsOf } from '../contracts/task.js';
import type { RunEvent } from '../events/event-stream.js';
import type { RunEvents } from '../events/run-events.js';
import { emaOf } from '../settings/from-settings.js';
import type { TeacherCache } from '../teacher-cache/teacher-cache.js';
import { Checkpointer } from './checkpointer.js';
import { explainNonFinite } from './explain-failure.js';
import { finishRun } from './finish-run.js';
import { interrupted, refuseFault } from './interruption.js';
import { clockAt, runLoop, totalSteps } from './loop.js';
import { LossLog } from './loss-log.js';
import { Observers } from './observers.js';
import type { Progress } from './progress.js';
import type { RunClock } from './run-clock.js';
import { forgetFinished } from './run-tensors.js';
import { type TrainingParts, trainingLoop } from './step.js';
import { emptySums, StepMetrics } from './step-metrics.js';
import { Stopwatch } from './stopwatch.js';
import { validate } from './validate.js';

export interface FitOptions {
  /**
   * Stops the run after the step in progress, which is saved: with `KDX_INTERRUPTED`, or with the signal's reason where that is
   * a KdxError, as for a plugin that threw outside of its hooks.
   */
  readonly signal?: AbortSignal;
  /** What was told before the run began, to be told again to those who listen now. */
  readonly log?: readonly RunEvent[];
}

/** Owns the loop, the clock, memory, optimiser, EMA, evaluation, checkpoints and resume. It never names a method. */
@injectable()
export class Trainer {
  readonly #parts: TrainingParts;
  readonly #stopwatch = new Stopwatch();
  #progress: Omit<Progress, 'plugins'>;
  readonly #losses: LossLog;
  readonly #observers: Observers;

  constructor(
    @inject(COMPOSITION) private readonly composition: Composition,
    @inject(EVENT_STREAM) private readonly events: RunEvents,
    @inject(EVENT_SINK) private readonly sink: EventSink | undefined,
    @inject(RUN_STORE) private readonly store: RunStorage | undefined,
    @inject(RUN_NAME) private readonly name: string,
    @inject(TEACHER_CACHE) private readonly cache: TeacherCache | undefined,
    @inject(BATCH_LOADER) loader: BatchLoader,
    @inject(EVALUATOR) private readonly evaluator: Evaluator,
    @inject(CLOCK) private readonly clock: RunClock,
    private readonly checkpoints: Checkpointer,
  ) {
    const { hooks, optimizer } = composition;
    this.#observers = new Observers({ events, hooks, sink, warn: (failure) => this.#warn(failure) });
    this.#parts = {
      composition,
      loader,
      cache,
      optimizer: new Optimizer(optimizer),
      ema: emaOf(composition),
      metrics: new StepMetrics(),
    };
    this.#losses = new LossLog({ ...this.#parts, events, stopwatch: this.#stopwatch });
    this.#progress = {
      step: 0,
      epochSums: emptySums(),
      recentSums: emptySums(),
      trainLoss: Number.NaN,
      best: null,
      lastValidation: null,
    };
  }

  /**
   * Trains to the end, from the last checkpoint where there is one.
   * @throws KdxError `KDX_NON_FINITE`, `KDX_INTERRUPTED` when `signal` fires (what was done is saved first),
   * `KDX_RUN_BUSY`, `KDX_WRITE_FAILED`, `KDX_HOOK_…`.
   */
  async fit({ signal, log = [] }: FitOptions = {}): Promise<RunSummary> {
    const { hooks } = this.composition;
    await this.store?.claim({ signal });
    const unsubscribe = this.#observers.start();
    try {
      return await this.#fit(signal, log);
    } catch (cause) {
      // An image that cannot be read on the way to an explanation must not hide what is explained.
      const error =
        isKdxError(cause) && cause.code === 'KDX_NON_FINITE'
          ? await explainNonFinite(cause, this.#progress.step, {
              parts: this.#parts,
              store: this.store,
            }).catch(() => cause)
          : cause;
      const code = isKdxError(error) ? error.code : 'KDX_INTERNAL';
      // If the disk is full the event cannot be recorded, but observers still receive it.
      if (code === 'KDX_WRITE_FAILED' || code === 'KDX_RUN_LOST') this.events.recorder = undefined;
      this.events.send({ type: 'error', step: this.#progress.step, code, message: messageOf(error) });
      for (const failure of await hooks.all('exception', error)) this.#warn(failure);
      throw error;
    } finally {
      this.#parts.metrics.drop();
      await this.#observers.settled();
      unsubscribe();
      await this.cache?.close();
      this.store?.close();
    }
  }

  dispose(): void {
    this.#parts.metrics.drop();
    this.#parts.optimizer.dispose();
    this.#parts.ema?.dispose();
  }

  async #fit(signal: AbortSignal | undefined, log: readonly RunEvent[]): Promise<RunSummary> {
    const { composition, events } = this;
    const { hooks, settings } = composition;
    const loop = trainingLoop(this.#parts);
    const restored = await this.checkpoints.restore(this.#parts);
    if (restored) this.#progress = restored;
    const from = this.#progress.step;
    const steps = totalSteps(loop.phases);
    const task = labelsOf(composition.task);
    events.send({ type: 'run-start', run: this.name, resumedAt: from, steps, task });
    for (const event of log) events.send(event);
    try {
      if (!restored && !signal?.aborted) await this.evaluator.teachers(signal);
    } catch (error) {
      throw signal?.aborted ? interrupted(signal, from, this.store) : error;
    }
    if (signal?.aborted && from < steps) throw interrupted(signal, this.#progress.step, this.store);
    refuseFault(signal);

    const start = clockAt(loop.phases, from);
    await hooks.series('fitStart', start);
    this.#stopwatch.start(this.sink?.epochSeconds() ?? 0);
    await runLoop(
      {
        ...loop,
        onEpochStart: (clock) => {
          this.clock.set(clock);
          forgetFinished(composition, this.#parts.optimizer, clock);
          return hooks.series('epochStart', clock);
        },
        onStepStart: (clock) => {
          this.clock.set(clock);
          return hooks.series('stepStart', clock);
        },
        onStepEnd: async (clock, next) => {
          this.#progress.step = next.step;
          await hooks.series('stepEnd', clock);
          if (next.step % settings.logEvery === 0) await this.#losses.step(this.#progress, clock);
          const saves = settings.saveEvery > 0 && next.step % settings.saveEvery === 0;
          const endsEpoch = next.epoch !== clock.epoch || next.step === steps;
          if (signal?.aborted && !endsEpoch) {
            await this.#save('last');
            throw interrupted(signal, this.#progress.step, this.store);
          }
          if (saves && !endsEpoch) await this.#save('last');
        },
        onEpochEnd: async (clock, next) => {
          await this.#endEpoch(clock);
          if (signal?.aborted && next.step < steps)
            throw interrupted(signal, this.#progress.step, this.store);
          refuseFault(signal);
        },
      },
      from,
    );
    const end = clockAt(loop.phases, steps);
    await hooks.series('fitEnd', end);
    refuseFault(signal);
    const summary = await finishRun({
      name: this.name,
      composition,
      store: this.store,
      progress: this.#progress,
      checkpoints: this.checkpoints,
      evaluator: this.evaluator,
      ema: this.#parts.ema,
      seconds: () => this.#stopwatch.total(),
      beforeSummary: () => refuseFault(signal),
    });
    events.send({ type: 'run-end', step: steps, seconds: summary.seconds });
    return summary;
  }

  async #endEpoch(clock: Clock): Promise<void> {
    const { settings, hooks } = this.composition;
    await this.#losses.flush(this.#progress);
    await this.cache?.report(clock.step + 1);
    await this.cache?.close();
    this.#losses.epoch(this.#progress, clock);

    const last = clock.epoch === clock.epochs - 1;
    const validates = last || (clock.epoch + 1) % settings.evaluateEvery === 0;
    const { composition, evaluator } = this;
    const improved =
      validates &&
      (await validate({ composition, evaluator, ema: this.#parts.ema, progress: this.#progress }, clock));
    await hooks.series('epochEnd', clock);
    // Best before last: a kill between the two repeats the epoch and finds the same best again.
    if (improved) await this.#save('best');
    await this.#save('last');
  }

  async #save(name: 'last' | 'best'): Promise<void> {
    // Reading the losses first is what makes every checkpoint one with finite losses.
    await this.#losses.flush(this.#progress);
    await this.cache?.report(this.#progress.step);
    await this.checkpoints.save(name, this.#progress, this.#parts);
  }

  #warn({ code, message }: KdxError): void {
    this.events.send({ type: 'warning', step: this.#progress.step, code, message });
  }
}
