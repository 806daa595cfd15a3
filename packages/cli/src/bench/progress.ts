import type { TaskLabels } from '@kdx/core';
import { headlineText } from '../terminal/headline-text.js';
import type { PlannedRun } from './plan.js';
import type { BenchEvent } from './run-bench.js';

/** Where a run that is going stands. */
export interface RunProgress {
  readonly arm: string;
  readonly seed: number;
  /** Which of the comparison's seeds this is, from 1, and how many there are. */
  readonly seedNumber: number;
  readonly seeds: number;
  /** `starting` until the first step is due, `scoring` after the last one. */
  readonly phase: 'starting' | 'training' | 'scoring';
  /** Since the run began, or was resumed. */
  readonly seconds: number;
  /** From 1; 0 before the first. */
  readonly epoch: number;
  readonly epochs: number;
  /** Of the steps, in [0, 1]. */
  readonly done: number;
  readonly loss?: number;
  /** On the validation images: the headline score of the run's task, with its unit. */
  readonly score?: string;
  readonly imagesPerSecond?: number;
  readonly secondsLeft?: number;
}

/** Where a comparison stands. */
export interface BenchStanding {
  readonly done: number;
  readonly runs: number;
  readonly running: readonly RunProgress[];
  /** Until the last run ends; undefined until a run tells. */
  readonly secondsLeft?: number;
}

interface Going {
  phase: RunProgress['phase'];
  readonly since: number;
  trainingSince: number;
  resumedAt: number;
  step: number;
  steps: number;
  epoch: number;
  loss?: number;
  task?: TaskLabels;
  score?: string;
  imagesPerSecond?: number;
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Follows the events of a comparison and tells how far it is and how long it will take. */
export class BenchProgress {
  readonly #going = new Map<PlannedRun, Going>();
  readonly #ended = new Set<PlannedRun>();
  /** Seconds that whole runs took, by arm. */
  readonly #took = new Map<string, number[]>();
  readonly #seeds: readonly number[];

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    private readonly plan: readonly PlannedRun[],
    private readonly jobs: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#seeds = [...new Set(plan.map(({ seed }) => seed))];
  }

  add(told: BenchEvent): void {
    const { run } = told;
    if (told.type === 'run-begin') {
      const since = this.now();
      const position = { resumedAt: 0, step: 0, steps: 0, epoch: 0 };
      this.#going.set(run, { phase: 'starting', since, trainingSince: since, ...position });
    } else if (told.type === 'run') {
      const going = this.#going.get(run);
      if (going) this.#follow(going, told.event);
    } else {
      const going = this.#going.get(run);
      this.#going.delete(run);
      this.#ended.add(run);
      // The time of a resumed run is not that of a whole one.
      if (told.type === 'run-failed' || told.found || !going || going.resumedAt > 0) return;
      this.#took.set(run.arm, [...(this.#took.get(run.arm) ?? []), (this.now() - going.since) / 1000]);
    }
  }

  #follow(going: Going, event: Extract<BenchEvent, { type: 'run' }>['event']): void {
    switch (event.type) {
      case 'run-start':
        going.phase = 'training';
        going.trainingSince = this.now();
        going.resumedAt = event.resumedAt;
        going.step = event.resumedAt;
        going.steps = event.steps;
        going.task = event.task;
        break;
      case 'teacher':
        going.trainingSince = this.now();
        break;
      case 'step':
        going.step = event.step;
        going.epoch = event.epoch + 1;
        going.loss = event.loss;
        going.imagesPerSecond = event.imagesPerSecond;
        break;
      case 'epoch':
        going.step = event.step;
        going.epoch = event.epoch + 1;
        going.loss = event.loss;
        break;
      case 'evaluation':
        if (event.split === 'validation' && event.weights === 'last')
          going.score = headlineText(going.task, event.heads);
        if (event.split === 'test') going.phase = 'scoring';
        break;
    }
  }

  standing(): BenchStanding {
    return {
      done: this.#ended.size,
      runs: this.plan.length,
      running: [...this.#going].map(([run, going]) => this.#progressOf(run, going)),
      secondsLeft: this.#secondsLeft(),
    };
  }

  #progressOf(run: PlannedRun, going: Going): RunProgress {
    const { phase, steps, step, epoch, loss, score, imagesPerSecond } = going;
    return {
      arm: run.arm,
      seed: run.seed,
      seedNumber: this.#seeds.indexOf(run.seed) + 1,
      seeds: this.#seeds.length,
      phase: phase === 'training' && step > 0 && step === steps ? 'scoring' : phase,
      seconds: (this.now() - going.since) / 1000,
      epoch,
      epochs: run.config.epochs ?? epoch,
      done: steps === 0 ? 0 : step / steps,
      loss,
      score,
      imagesPerSecond,
      secondsLeft: this.#leftOf(going),
    };
  }

  #leftOf({ trainingSince, resumedAt, step, steps }: Going): number | undefined {
    if (step <= resumedAt) return undefined;
    return ((this.now() - trainingSince) / 1000 / (step - resumedAt)) * (steps - step);
  }

  /** Of all: what is left of the runs that are going, and for each that waits the time of its like. */
  #secondsLeft(): number | undefined {
    const left = [...this.#going].map(([run, going]) => ({
      arm: run.arm,
      left: this.#leftOf(going),
      whole: this.#wholeOf(going),
    }));
    const known = [...[...this.#took.values()].flat(), ...left.flatMap(({ whole }) => whole ?? [])];
    if (known.length === 0) return undefined;
    const timeOf = (arm: string): number => {
      const own = [
        ...(this.#took.get(arm) ?? []),
        ...left.flatMap((each) => (each.arm === arm ? (each.whole ?? []) : [])),
      ];
      return meanOf(own.length > 0 ? own : known);
    };
    const waiting = this.plan.filter((run) => !this.#ended.has(run) && !this.#going.has(run));
    const sum =
      waiting.reduce((total, { arm }) => total + timeOf(arm), 0) +
      left.reduce((total, { arm, left: own }) => total + (own ?? timeOf(arm)), 0);
    return sum / Math.max(1, Math.min(this.jobs, waiting.length + left.length));
  }

  #wholeOf(going: Going): number | undefined {
    const { trainingSince, resumedAt, step, steps, since } = going;
    if (step <= resumedAt) return undefined;
    const perStep = (this.now() - trainingSince) / 1000 / (step - resumedAt);
    return (trainingSince - since) / 1000 + perStep * steps;
  }
}
