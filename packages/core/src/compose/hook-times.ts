import { HOOK_KINDS, type HookName } from '../contracts/hook.js';

/** Told once of each plugin and hook that holds the run up. */
export interface SlowHook {
  readonly plugin: string;
  readonly hook: HookName;
  /** One sentence with the figures. */
  readonly message: string;
}

export interface SlowLimits {
  /** Milliseconds of one call. Default 10 s. */
  readonly callMs?: number;
  /** Share of an epoch that the hooks of all plugins may take together, 0…1. Default a quarter. */
  readonly epochShare?: number;
  /** Hooks that take less than this of an epoch are never slow, in milliseconds. Default 1 s. */
  readonly epochMs?: number;
}

const DEFAULT_LIMITS = { callMs: 10_000, epochShare: 0.25, epochMs: 1000 } as const;

const OUTSIDE_EPOCHS: readonly HookName[] = ['data', 'fitStart', 'load', 'exception', 'fitEnd', 'close'];

interface Spent {
  readonly plugin: string;
  readonly hook: HookName;
  calls: number;
  ms: number;
}

const MEND = 'do less in it, or do it in fewer steps';

/** Measures how long the run waits for hooks, by plugin and hook. */
export class HookTimes {
  readonly limits: Required<SlowLimits>;
  readonly #onSlow: (slow: SlowHook) => void;
  readonly #told = new Set<string>();
  readonly #afterEpoch: (() => void)[] = [];
  #epoch = new Map<string, Spent>();

  constructor(onSlow: (slow: SlowHook) => void = () => {}, limits: SlowLimits = {}) {
    this.limits = { ...DEFAULT_LIMITS, ...limits };
    this.#onSlow = onSlow;
  }

  /** One call is over. */
  add(plugin: string, hook: HookName, ms: number): void {
    if (ms > this.limits.callMs) {
      const tell = (): void =>
        this.#tell(plugin, hook, `took ${seconds(ms)} in one call, for which the run waits; ${MEND}`);
      // Those who listen must not run while a tape is open.
      if (HOOK_KINDS[hook] === 'sync') this.#afterEpoch.push(tell);
      else tell();
    }
    // What is outside of the epochs, such as looking for a model, is no part of their time.
    if (HOOK_KINDS[hook] === 'first' || OUTSIDE_EPOCHS.includes(hook)) return;
    const key = `${plugin} ${hook}`;
    const spent = this.#epoch.get(key) ?? { plugin, hook, calls: 0, ms: 0 };
    spent.calls += 1;
    spent.ms += ms;
    this.#epoch.set(key, spent);
  }

  /** One call goes on for longer than it should. */
  waiting(plugin: string, hook: HookName, timeoutMs: number): void {
    const limit = seconds(this.limits.callMs);
    const message = `has taken ${limit} in one call so far, and the run waits for it until ${seconds(timeoutMs)}; ${MEND}`;
    this.#tell(plugin, hook, message);
  }

  /**
   * An epoch is over. Where hooks took more than their share, tells of the slowest, until what is left is within it.
   * @param epoch 0-based
   * @param epochSeconds how long it took
   */
  endEpoch(epoch: number, epochSeconds: number): void {
    for (const tell of this.#afterEpoch.splice(0)) tell();
    const spent = [...this.#epoch.values()].sort((a, b) => b.ms - a.ms);
    this.#epoch = new Map();
    const { epochMs, epochShare } = this.limits;
    const allowed = Math.max(epochMs, epochShare * epochSeconds * 1000);
    let total = spent.reduce((sum, { ms }) => sum + ms, 0);
    for (const { plugin, hook, calls, ms } of spent) {
      if (total <= allowed) return;
      total -= ms;
      const share = `${Math.round(ms / (epochSeconds * 10))} %`;
      const often = calls === 1 ? 'in one call' : `in ${calls} calls`;
      this.#tell(
        plugin,
        hook,
        `took ${seconds(ms)} of the ${seconds(epochSeconds * 1000)} of epoch ${epoch} (${share}, ${often}); ${MEND}`,
      );
    }
  }

  #tell(plugin: string, hook: HookName, what: string): void {
    const key = `${plugin} ${hook}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#onSlow({ plugin, hook, message: `Hook "${hook}" of plugin "${plugin}" ${what}.` });
  }
}

const seconds = (ms: number): string =>
  `${ms >= 9950 ? Math.round(ms / 1000) : Number((ms / 1000).toPrecision(2))} s`;
