import { type Clock, type Plugin, RunStore } from '@kdx/core';
import { type Run } from '@kdx/core/run';
import { probe } from './probe.js';

/** Ends a run as a power cut does: at the start of a step, after the hooks of all others. */
export class PowerCut {
  #happened = false;

  /**
   * @param step before which the power is cut; default never
   * @param onStep is told the start of each step
   */
  constructor(
    private readonly step = Number.POSITIVE_INFINITY,
    private readonly onStep: (clock: Clock) => void = () => {},
  ) {}

  /** To be given to the run. */
  readonly plugin: Plugin = probe((ctx) =>
    ctx.hook('stepStart', (clock) => {
      this.onStep(clock);
      this.#happened = clock.step >= this.step;
      if (this.#happened) throw new Error('power cut');
    }),
  );

  /** Trains to the end, or until the power is cut. */
  async fit(run: Run): Promise<void> {
    await run.fit().catch((error: unknown) => {
      if (!this.#happened) throw error;
    });
  }
}

/** A folder for a run that can be resumed with `RunStore.open`. */
export function newStore(directory: string): RunStore {
  const store = RunStore.create(directory);
  store.writeJson('config.json', {});
  return store;
}
