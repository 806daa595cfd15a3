import type { Clock } from '../contracts/schedule.js';

/** The position of a run's training loop, for services that are not handed a clock. */
export class RunClock {
  #now: Clock | undefined;

  /** Of the step in progress, or the last one done; undefined before the first. */
  get now(): Clock | undefined {
    return this.#now;
  }

  /** The loop only. */
  set(clock: Clock): void {
    this.#now = clock;
  }
}
