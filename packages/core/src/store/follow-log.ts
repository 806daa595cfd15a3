import type { KdxError } from '@kdx/tensor';
import type { PluginContext } from '../contracts/plugin.js';

/** What keeps files of its own beside `events.jsonl`. */
export interface LogFollower {
  /** Brings them up to the log. */
  flush(): void;
}

/** After these, what was logged is on disk. */
const FLUSHES: readonly string[] = ['run-start', 'epoch', 'evaluation', 'checkpoint', 'run-end', 'error'];

/**
 * For plugins that observe a run by its log: flushes whenever there is something new that stays. What cannot be written is a warning
 * of the run, and is tried again.
 * @param open makes the files of a run's folder
 * @param refusal what a run that keeps nothing on disk is warned with
 */
export function followLog(
  ctx: PluginContext,
  open: (directory: string) => LogFollower,
  refusal: KdxError,
): void {
  const follower = ctx.directory === undefined ? undefined : open(ctx.directory);
  ctx.hook('event', ({ type }) => {
    if (!FLUSHES.includes(type)) return;
    if (follower) follower.flush();
    else if (type === 'run-start') throw refusal;
  });
}
