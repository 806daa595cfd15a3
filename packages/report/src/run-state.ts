import type { History } from './history.js';
import type { RunState } from './page/page-data.js';

interface StateOf {
  readonly finished: boolean;
  /** Whether a process that is alive writes the run. */
  readonly busy: boolean;
  readonly history: History;
  readonly directory: string;
}

/** How a run stands, with words for people. */
export function runState({ finished, busy, history, directory }: StateOf): readonly [RunState, string] {
  const { ending } = history;
  const goOn = `go on with "kdx run --resume ${directory}"`;
  if (finished) return ['finished', 'finished'];
  if (busy) return ['running', history.step === 0 ? 'beginning' : 'running'];
  if (ending?.code === 'KDX_INTERRUPTED') return ['interrupted', `interrupted; ${goOn}`];
  if (ending?.code !== undefined)
    return ['failed', `failed: ${ending.code} ${ending.message ?? ''}`.trimEnd()];
  if (ending) return ['finished', 'finished; its summary.json is missing'];
  return ['stopped', `stopped without a word, so it was killed; ${goOn}`];
}

/** Seconds until the last step at the pace of the latest ones; undefined before there is one. */
export function secondsLeft({ pace, steps, step }: History): number | undefined {
  if (pace.length < 2 || steps === undefined) return undefined;
  const [first, last] = [pace[0], pace[pace.length - 1]];
  const perStep = (last.time - first.time) / 1000 / (last.step - first.step);
  return Number.isFinite(perStep) && perStep > 0 ? perStep * (steps - step) : undefined;
}
