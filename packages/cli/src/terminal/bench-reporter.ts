import type { TaskLabels } from '@kdx/core';
import { count, duration, number } from '@kdx/core/text';
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import type { PlannedRun } from '../bench/plan.js';
import { BenchProgress, type BenchStanding, type RunProgress } from '../bench/progress.js';
import type { BenchEvent } from '../bench/run-bench.js';
import { ownStdout } from '../process/own-process.js';
import { bar } from './bar.js';
import { headlineText } from './headline-text.js';

interface ReporterOptions {
  readonly plan: readonly PlannedRun[];
  /** Runs at once. */
  readonly jobs: number;
  readonly stream?: NodeJS.WriteStream;
  /** Milliseconds of a clock. */
  readonly now?: () => number;
}

export interface BenchReporter {
  tell(event: BenchEvent): void;
  /** Ends the live lines and their clock. */
  close(): void;
}

/** Milliseconds between two lines on what is running, where there is no terminal to rewrite one in. */
export const EVERY = 30_000;
const TICK = 1000;

const nameOf = ({ arm, seed }: Pick<PlannedRun, 'arm' | 'seed'>): string => `${arm}, seed ${seed}`;
const placeOf = ({ arm, seed, seedNumber, seeds }: RunProgress): string =>
  `${nameOf({ arm, seed })} (${seedNumber} of ${seeds})`;

/** The parts of a run's line, most wanted first. */
function partsOf(run: RunProgress): string[] {
  const { phase, seconds, epoch, epochs, loss, score, imagesPerSecond, secondsLeft } = run;
  if (phase === 'starting') return [`starting, ${duration(seconds)}`];
  if (epoch === 0) return [`first steps, ${duration(seconds)}`];
  return [
    `epoch ${epoch}/${epochs}`,
    ...(loss === undefined ? [] : [`loss ${number(loss)}`]),
    ...(score === undefined ? [] : [score]),
    ...(phase === 'scoring'
      ? ['scoring']
      : [
          ...(imagesPerSecond === undefined ? [] : [`${imagesPerSecond.toFixed(0)} images/s`]),
          ...(secondsLeft === undefined ? [] : [`${duration(secondsLeft)} left`]),
        ]),
  ];
}

const leftText = ({ secondsLeft }: BenchStanding): string =>
  secondsLeft === undefined ? '' : `, about ${duration(secondsLeft)} left`;

/**
 * Tells a person how a comparison goes: a line for each run that begins and ends, and live lines for what is running, one
 * for each job and one for all. Without a terminal to rewrite lines in, one line every half minute has the same.
 */
export function benchReporter({ plan, jobs, stream = ownStdout, now }: ReporterOptions): BenchReporter {
  const live = stream.isTTY ? createLogUpdate(stream) : undefined;
  const progress = new BenchProgress(plan, jobs, now);
  const scores = new Map<PlannedRun, string>();
  const tasks = new Map<PlannedRun, TaskLabels | undefined>();
  /** What one run warns of, the next will too. */
  const warned = new Set<string>();
  let lastLine = now?.() ?? performance.now();
  const clock = now ?? (() => performance.now());
  const stay = (line: string): void => {
    live?.clear();
    stream.write(`${line}\n`);
    lastLine = clock();
    show();
  };
  const show = (): void => {
    const standing = progress.standing();
    if (!live) {
      if (standing.running.length === 0 || clock() - lastLine < EVERY) return;
      lastLine = clock();
      const runs = standing.running.map((run) => `${placeOf(run)}: ${partsOf(run).join(', ')}`);
      stream.write(
        `  ${runs.join('; ')}; ${standing.done} of ${standing.runs} runs done${leftText(standing)}\n`,
      );
      return;
    }
    if (standing.running.length === 0) {
      live.clear();
      return;
    }
    const lines = standing.running.map((run) => {
      const [first, ...rest] = partsOf(run);
      const shown = run.phase === 'starting' ? [first] : [first, bar(run.done), ...rest];
      return `${placeOf(run)}  ${shown.join('  ')}`;
    });
    live(
      [...lines, pc.dim(`${standing.done} of ${standing.runs} runs done${leftText(standing)}`)].join('\n'),
    );
  };
  // A first epoch may take minutes; the clock of a line that stands still says that the run does not.
  const timer = setInterval(show, TICK);
  timer.unref();

  return {
    tell(told) {
      const { run } = told;
      progress.add(told);
      const place = (): string => pc.dim(`${progress.standing().done}/${plan.length}`);
      switch (told.type) {
        case 'run-begin':
          if (live) show();
          else {
            const going = progress.standing().running.find((each) => nameOf(each) === nameOf(run));
            stay(`${going ? placeOf(going) : nameOf(run)} begins`);
          }
          break;
        case 'run': {
          const { event } = told;
          if (event.type === 'run-start') tasks.set(run, event.task);
          if (event.type === 'run-start' && event.resumedAt > 0)
            stay(
              pc.dim(`${nameOf(run)} resumes after step ${count(event.resumedAt)} of ${count(event.steps)}`),
            );
          if (event.type === 'evaluation' && event.split === 'test')
            scores.set(
              run,
              `${scores.get(run) ?? ''}  ${event.weights} ${headlineText(tasks.get(run), event.heads)}`,
            );
          if (event.type === 'warning' && !warned.has(event.message)) {
            warned.add(event.message);
            stay(`${pc.yellow(event.code)} ${nameOf(run)}: ${event.message}`);
          }
          if (event.type === 'run-end')
            scores.set(run, `${scores.get(run) ?? ''}  ${duration(event.seconds)}`);
          show();
          break;
        }
        case 'run-done':
          stay(`${place()} ${nameOf(run)}${told.found ? '  was done before' : (scores.get(run) ?? '')}`);
          break;
        case 'run-failed':
          stay(`${place()} ${nameOf(run)}  ${pc.red(told.code)} ${told.message}`);
          break;
      }
    },
    close() {
      clearInterval(timer);
      live?.clear();
    },
  };
}

/** For programs: every event as it comes, and where the comparison stands, at most every half minute. */
export function benchJsonReporter({ plan, jobs, stream = ownStdout, now }: ReporterOptions): BenchReporter {
  const progress = new BenchProgress(plan, jobs, now);
  const clock = now ?? (() => performance.now());
  const print = (event: object): void => void stream.write(`${JSON.stringify(event)}\n`);
  let last = clock();
  const stand = (): void => {
    last = clock();
    print({ type: 'progress', ...progress.standing() });
  };
  const timer = setInterval(() => {
    if (clock() - last >= EVERY) stand();
  }, TICK);
  timer.unref();
  return {
    tell(told) {
      progress.add(told);
      print(told);
      if (told.type !== 'run' || clock() - last >= EVERY) stand();
    },
    close: () => clearInterval(timer),
  };
}
