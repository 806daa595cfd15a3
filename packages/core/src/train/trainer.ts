import type { Ema } from '@kdx/tensor';
import { endedBy, isKdxError, type KdxError, messageOf, Optimizer } from '@kdx/tensor';
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
import { kdxError } from '../errors.js';
import type { RunEvent } from '../events/event-stream.js';
import type { RunEvents } from '../events/run-events.js';
import { emaOf } from '../settings/from-settings.js';
import type { TeacherCache } from '../teacher-cache/teacher-cache.js';
import { Checkpointer } from './checkpointer.js';
import { explainNonFinite } from './explain-failure.js';
import { finishRun } from './finish-run.js';
import { clockAt, runLoop, totalSteps } from './loop.js';
import { Observers } from './observers.js';
import { betterOf, type Progress } from './progress.js';
import type { RunClock } from './run-clock.js';
import { modulePrefix } from './run-tensors.js';
import { emptySums, means, StepMetrics } from './step-metrics.js';
import { termWeights } from './step-plan.js';
import { Stopwatch } from './stopwatch.js';
import { type TrainingParts, trainingLoop } from './training-loop.js';

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
  readonly #optimizer: Optimizer;
  readonly #ema: Ema | undefined;
  readonly #metrics = new StepMetrics();
  readonly #stopwatch = new Stopwatch();
  #progress: Omit<Progress, 'plugins'>;
  readonly #observers: Observers;

  constructor(
    @inject(COMPOSITION) private readonly composition: Composition,
    @inject(EVENT_STREAM) private readonly events: RunEvents,
    @inject(EVENT_SINK) private readonly sink: EventSink | undefined,
    @inject(RUN_STORE) private readonly store: RunStorage | undefined,
    @inject(RUN_NAME) private readonly name: string,
    @inject(TEACHER_CACHE) private readonly cache: TeacherCache | undefined,
    @inject(BATCH_LOADER) private readonly loader: BatchLoader,
    @inject(EVALUATOR) private readonly evaluator: Evaluator,
    @inject(CLOCK) private readonly clock: RunClock,
    private readonly checkpoints: Checkpointer,
  ) {
    const { hooks, optimizer } = composition;
    this.#observers = new Observers({ events, hooks, sink, warn: (failure) => this.#warn(failure) });
    this.#optimizer = new Optimizer(optimizer);
    this.#ema = emaOf(composition);
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
      this.#metrics.drop();
      await this.#observers.settled();
      unsubscribe();
      await this.cache?.close();
      this.store?.close();
    }
  }

  dispose(): void {
    this.#metrics.drop();
    this.#optimizer.dispose();
    this.#ema?.dispose();
  }

  async #fit(signal: AbortSignal | undefined, log: readonly RunEvent[]): Promise<RunSummary> {
    const { composition, events } = this;
    const { hooks, settings } = composition;
    const loop = trainingLoop(this.#parts);
    const restored = await this.checkpoints.restore({ optimizer: this.#optimizer, ema: this.#ema });
    if (restored) this.#progress = restored;
    const from = this.#progress.step;
    const steps = totalSteps(loop.phases);
    events.send({ type: 'run-start', run: this.name, resumedAt: from, steps });
    for (const event of log) events.send(event);
    try {
      if (!restored && !signal?.aborted) await this.evaluator.teachers(signal);
    } catch (error) {
      throw signal?.aborted ? this.#interrupted(signal) : error;
    }
    if (signal?.aborted && from < steps) throw this.#interrupted(signal);
    refuseFault(signal);

    const start = clockAt(loop.phases, from);
    await hooks.series('fitStart', start);
    this.#stopwatch.start(this.sink?.epochSeconds() ?? 0);
    await runLoop(
      {
        ...loop,
        onEpochStart: (clock) => {
          this.clock.set(clock);
          this.#dropFinishedModules(clock);
          return hooks.series('epochStart', clock);
        },
        onStepStart: (clock) => {
          this.clock.set(clock);
          return hooks.series('stepStart', clock);
        },
        onStepEnd: async (clock, next) => {
          this.#progress.step = next.step;
          await hooks.series('stepEnd', clock);
          if (next.step % settings.logEvery === 0) await this.#logStep(clock);
          const saves = settings.saveEvery > 0 && next.step % settings.saveEvery === 0;
          const endsEpoch = next.epoch !== clock.epoch || next.step === steps;
          if (signal?.aborted && !endsEpoch) {
            await this.#save('last');
            throw this.#interrupted(signal);
          }
          if (saves && !endsEpoch) await this.#save('last');
        },
        onEpochEnd: async (clock, next) => {
          await this.#endEpoch(clock);
          if (signal?.aborted && next.step < steps) throw this.#interrupted(signal);
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
      ema: this.#ema,
      seconds: () => this.#stopwatch.total(),
      beforeSummary: () => refuseFault(signal),
    });
    events.send({ type: 'run-end', step: steps, seconds: summary.seconds });
    return summary;
  }

  get #parts(): TrainingParts {
    const { composition, loader, cache } = this;
    return {
      composition,
      loader,
      optimizer: this.#optimizer,
      ema: this.#ema,
      metrics: this.#metrics,
      cache,
    };
  }

  async #logStep(clock: Clock): Promise<void> {
    await this.#flush();
    const { recentSums } = this.#progress;
    const { loss, terms } = means(recentSums);
    this.events.send({
      type: 'step',
      step: clock.step + 1,
      epoch: clock.epoch,
      loss,
      terms,
      weights: termWeights(this.composition, clock),
      learningRate: this.composition.learningRate.at(clock),
      imagesPerSecond: this.#stopwatch.rate(recentSums.images),
    });
    this.#progress.recentSums = emptySums();
  }

  async #endEpoch(clock: Clock): Promise<void> {
    const { settings, hooks } = this.composition;
    await this.#flush();
    await this.cache?.report(clock.step + 1);
    await this.cache?.close();
    const { loss, terms } = means(this.#progress.epochSums);
    this.#progress.trainLoss = loss;
    this.#progress.epochSums = emptySums();
    const seconds = this.#stopwatch.lap();
    this.events.send({ type: 'epoch', step: clock.step + 1, epoch: clock.epoch, loss, terms, seconds });
    hooks.endEpoch(clock.epoch, seconds);

    const last = clock.epoch === clock.epochs - 1;
    let improved = false;
    if (last || (clock.epoch + 1) % settings.evaluateEvery === 0) improved = await this.#validate(clock);
    await hooks.series('epochEnd', clock);
    // Best before last: a kill between the two repeats the epoch and finds the same best again.
    if (improved) await this.#save('best');
    await this.#save('last');
  }

  #flush(): Promise<void> {
    return this.#metrics.flush(this.#progress.epochSums, this.#progress.recentSums);
  }

  async #validate(clock: Clock): Promise<boolean> {
    const at = { step: clock.step + 1, epoch: clock.epoch };
    const heads = await this.evaluator.student('validation', 'last', at);
    if (!heads) return false;
    await this.composition.hooks.series('evaluate', heads, clock);
    const averaged = await this.#ema?.withAveraged(() => this.evaluator.student('validation', 'ema', at));
    this.#progress.lastValidation = heads;
    if (averaged) this.#progress.lastAverage = averaged;
    const better = betterOf(this.composition.settings.best, heads, averaged);
    const { top1 } = better.heads.fused;
    if (this.#progress.best && top1 <= this.#progress.best.top1) return false;
    this.#progress.best = { epoch: clock.epoch, top1, ...better };
    return true;
  }

  async #save(name: 'last' | 'best'): Promise<void> {
    // Reading the losses first is what makes every checkpoint one with finite losses.
    await this.#flush();
    await this.cache?.report(this.#progress.step);
    await this.checkpoints.save(name, this.#progress, { optimizer: this.#optimizer, ema: this.#ema });
  }

  #dropFinishedModules({ epoch }: Clock): void {
    for (const { id, activeUntil, store } of this.composition.modules.values()) {
      if (epoch < activeUntil) continue;
      for (const name of store.parameters.keys()) this.#optimizer.forget(modulePrefix(id) + name);
    }
  }

  #interrupted(signal: AbortSignal): KdxError {
    const how = this.store
      ? `saved; go on with "kdx run --resume ${this.store.directory}"`
      : 'not saved, the run has no folder';
    return endedBy(signal, () =>
      kdxError('KDX_INTERRUPTED', `Interrupted after step ${this.#progress.step}: ${how}.`),
    );
  }

  #warn({ code, message }: KdxError): void {
    this.events.send({ type: 'warning', step: this.#progress.step, code, message });
  }
}

/** Once all steps are done an interrupt may come too late; a fault never does. */
function refuseFault(signal: AbortSignal | undefined): void {
  if (signal?.aborted && isKdxError(signal.reason)) throw signal.reason;
}
