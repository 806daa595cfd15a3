import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import type { PlannedRun } from '../bench/plan.js';
import type { BenchEvent } from '../bench/run-bench.js';
import { duration, number, percent } from './format.js';

interface ReporterOptions {
  readonly runs: number;
  readonly stream?: NodeJS.WriteStream;
}

const nameOf = ({ arm, seed }: PlannedRun): string => `${arm}, seed ${seed}`;

/** Tells a person how a comparison goes: a line per finished run, and one live line for what is running. */
export function benchReporter({
  runs,
  stream = process.stdout,
}: ReporterOptions): (event: BenchEvent) => void {
  const live = stream.isTTY ? createLogUpdate(stream) : undefined;
  const running = new Map<PlannedRun, string>();
  const scores = new Map<PlannedRun, string>();
  /** What one run warns of, the next will too. */
  const warned = new Set<string>();
  let done = 0;
  const stay = (line: string): void => {
    live?.clear();
    stream.write(`${line}\n`);
    show();
  };
  const show = (): void => {
    if (running.size > 0) live?.([...running].map(([run, text]) => `${nameOf(run)}  ${text}`).join('\n'));
    else live?.clear();
  };
  const progress = (): string => pc.dim(`${++done}/${runs}`);

  return (told) => {
    const { run } = told;
    switch (told.type) {
      case 'run': {
        const { event } = told;
        if (event.type === 'run-start' && event.resumedAt > 0)
          stay(pc.dim(`${nameOf(run)} goes on after step ${event.resumedAt} of ${event.steps}`));
        if (event.type === 'step') {
          running.set(
            run,
            `epoch ${event.epoch + 1}  loss ${number(event.loss)}  ${event.imagesPerSecond.toFixed(0)} images/s`,
          );
          show();
        }
        if (event.type === 'evaluation' && event.split === 'test')
          scores.set(
            run,
            `${scores.get(run) ?? ''}  ${event.weights} top-1 ${percent(event.heads.fused.top1)}`,
          );
        if (event.type === 'warning' && !warned.has(event.message)) {
          warned.add(event.message);
          stay(`${pc.yellow(event.code)} ${nameOf(run)}: ${event.message}`);
        }
        if (event.type === 'run-end') scores.set(run, `${scores.get(run) ?? ''}  ${duration(event.seconds)}`);
        break;
      }
      case 'run-done':
        running.delete(run);
        stay(`${progress()} ${nameOf(run)}${told.found ? '  was done before' : (scores.get(run) ?? '')}`);
        break;
      case 'run-failed':
        running.delete(run);
        stay(`${progress()} ${nameOf(run)}  ${pc.red(told.code)} ${told.message}`);
        break;
    }
  };
}
