import { isKdxError, KdxError, messageOf } from '@kdx/tensor';
import { HOOK_KINDS, type HookName, type Hooks, type HooksOfKind } from '../contracts/hook.js';
import { kdxError } from '../errors.js';
import { describeValue, isPromise, silence } from '../expected/describe-value.js';
import { ownedBy } from '../expected/owner.js';
import { aFunction, expectShape, type Shape, that } from '../expected/shape.js';
import { inPlugin } from '../plugin-scope.js';
import { HookTimes, type SlowHook, type SlowLimits } from './hook-times.js';
import { isGaveUp, settle } from './settle.js';

/** Hooks that answer to what a person typed: an error of theirs with a code is that person's to read as it is. */
const WIRING: readonly HookName[] = ['resolveModel', 'resolveData', 'data'];

interface Contribution {
  readonly plugin: string;
  readonly run: (...args: never[]) => unknown;
}

export interface HookDriverOptions {
  /** How long a hook may take in one call, in milliseconds. Default 5 minutes. */
  readonly timeoutMs?: number;
  /** Told once of each plugin and hook that holds the run up. */
  readonly onSlow?: (slow: SlowHook) => void;
  readonly slow?: SlowLimits;
}

/**
 * Runs what plugins contributed, one verb per kind, measures it, and can always name the plugin and hook that failed,
 * hung or was slow.
 */
export class HookDriver {
  readonly #contributions = new Map<HookName, Contribution[]>();
  /** How long a hook may take in one call. */
  readonly timeoutMs: number;
  readonly #times: HookTimes;

  constructor({ timeoutMs = 5 * 60_000, onSlow, slow }: HookDriverOptions = {}) {
    this.timeoutMs = timeoutMs;
    this.#times = new HookTimes(onSlow, slow);
  }

  /** An epoch took this long: tells of hooks that had too large a share of it. */
  endEpoch(epoch: number, seconds: number): void {
    this.#times.endEpoch(epoch, seconds);
  }

  add<N extends HookName>(plugin: string, name: N, run: Hooks[N]): void {
    if (!Object.hasOwn(HOOK_KINDS, name)) {
      const known = Object.keys(HOOK_KINDS).join(', ');
      throw kdxError(
        'KDX_HOOK_UNKNOWN',
        `Plugin "${plugin}" hooks ${typeof name === 'string' ? `"${name}"` : describeValue(name)}, which is none of ${known}.`,
      );
    }
    expectShape(aFunction, run, `Hook "${name}" of plugin "${plugin}"`, 'KDX_PLUGIN_VALUE');
    const list = this.#contributions.get(name) ?? [];
    list.push({ plugin, run: run as Contribution['run'] });
    this.#contributions.set(name, list);
  }

  /** Plugins that contribute to a hook, in order. */
  contributors(name: HookName): readonly string[] {
    return (this.#contributions.get(name) ?? []).map(({ plugin }) => plugin);
  }

  /**
   * The first answer that is not undefined.
   * @param shape what an answer must be
   * @throws KdxError `KDX_HOOK_RESULT`
   */
  async first<N extends HooksOfKind<'first'>>(
    name: N,
    shape: Shape,
    ...args: Parameters<Hooks[N]>
  ): Promise<Awaited<ReturnType<Hooks[N]>> | undefined> {
    for (const contribution of this.#of(name)) {
      const answer = await this.#settle(name, contribution, args);
      if (answer === undefined) continue;
      expectShape(shape, answer, `Hook "${name}" of plugin "${contribution.plugin}"`, 'KDX_HOOK_RESULT');
      return ownedBy(answer, contribution.plugin) as Awaited<ReturnType<Hooks[N]>>;
    }
    return undefined;
  }

  /**
   * Each gets what the one before returned.
   * @param shape what each must return
   * @throws KdxError `KDX_HOOK_RESULT`
   */
  async waterfall<N extends HooksOfKind<'waterfall'>>(
    name: N,
    shape: Shape,
    value: Awaited<ReturnType<Hooks[N]>>,
    ...rest: Parameters<Hooks[N]> extends [unknown, ...infer R] ? R : never
  ): Promise<Awaited<ReturnType<Hooks[N]>>> {
    let current: unknown = value;
    for (const contribution of this.#of(name)) {
      const given = current;
      current = await this.#settle(name, contribution, [given, ...rest]);
      expectShape(shape, current, `Hook "${name}" of plugin "${contribution.plugin}"`, 'KDX_HOOK_RESULT');
      if (current !== given) ownedBy(current, contribution.plugin);
    }
    return current as Awaited<ReturnType<Hooks[N]>>;
  }

  /** One after the other. */
  async series<N extends HooksOfKind<'series'>>(name: N, ...args: Parameters<Hooks[N]>): Promise<void> {
    for (const contribution of this.#of(name)) await this.#settle(name, contribution, args);
  }

  /** One plugin's own contribution to a series hook. */
  async seriesOf<N extends HooksOfKind<'series'>>(
    plugin: string,
    name: N,
    ...args: Parameters<Hooks[N]>
  ): Promise<void> {
    for (const contribution of this.#of(name)) {
      if (contribution.plugin !== plugin) continue;
      const result = await this.#settle(name, contribution, args);
      this.expectNothing(plugin, name, result, args[0]);
    }
  }

  /**
   * Refuses a result where a hook must change what it gets, which would be lost without a word. A number or a truth value, as
   * an arrow function often gives by accident, is none.
   * @throws KdxError `KDX_HOOK_RESULT`
   */
  expectNothing(plugin: string, name: HookName, result: unknown, given: unknown): void {
    const nothing = that(
      (value) => value === given || typeof value !== 'object' || value === null,
      'undefined, because this hook changes what it gets',
    );
    expectShape(nothing, result, `Hook "${name}" of plugin "${plugin}"`, 'KDX_HOOK_RESULT');
  }

  /** One after the other, whatever fails: what an ending run must not leave out. Gives what failed. */
  async all<N extends HooksOfKind<'series'>>(name: N, ...args: Parameters<Hooks[N]>): Promise<KdxError[]> {
    const failures: KdxError[] = [];
    for (const contribution of this.#of(name)) {
      await this.#settle(name, contribution, args).catch((error: KdxError) => failures.push(error));
    }
    return failures;
  }

  /** Observers, together; they cannot change the run, so what failed is given and not thrown. */
  async parallel<N extends HooksOfKind<'parallel'>>(
    name: N,
    ...args: Parameters<Hooks[N]>
  ): Promise<KdxError[]> {
    const results = await Promise.allSettled(
      this.#of(name).map((contribution) => this.#settle(name, contribution, args)),
    );
    return results.flatMap((result) => (result.status === 'rejected' ? [result.reason as KdxError] : []));
  }

  /**
   * On the tape: no promises.
   * @param call gives each contribution its arguments
   * @param check looks at what one gave, after it is known not to be a promise
   */
  sync<N extends HooksOfKind<'sync'>>(
    name: N,
    call: (run: Hooks[N], plugin: string) => ReturnType<Hooks[N]>,
    check: (result: ReturnType<Hooks[N]>, plugin: string) => void,
  ): void {
    for (const { plugin, run } of this.#of(name)) {
      const begun = performance.now();
      let result: unknown;
      try {
        result = inPlugin(plugin, () => call(run as unknown as Hooks[N], plugin));
      } catch (cause) {
        throw hookFailed(plugin, name, cause);
      }
      this.#times.add(plugin, name, performance.now() - begun);
      if (isPromise(result)) {
        silence(result);
        throw kdxError(
          'KDX_HOOK_ASYNC',
          `Hook "${name}" of plugin "${plugin}" returned a promise; it runs on the gradient tape and must be synchronous.`,
        );
      }
      check(result as ReturnType<Hooks[N]>, plugin);
    }
  }

  #of(name: HookName): readonly Contribution[] {
    return this.#contributions.get(name) ?? [];
  }

  async #settle(name: HookName, { plugin, run }: Contribution, args: readonly unknown[]): Promise<unknown> {
    const begun = performance.now();
    const { timeoutMs } = this;
    // Nobody waits for an observer, so it holds the run up only as far as it blocks.
    const observes = HOOK_KINDS[name] === 'parallel';
    let blocked = 0;
    let result: unknown;
    try {
      result = await settle(
        () => {
          const pending = inPlugin(plugin, () => run(...(args as never[])));
          blocked = performance.now() - begun;
          return pending;
        },
        {
          timeoutMs,
          slowMs: observes ? undefined : this.#times.limits.callMs,
          onSlow: () => this.#times.waiting(plugin, name, timeoutMs),
          hung: () => hookHangs(plugin, name, timeoutMs),
        },
      );
    } catch (cause) {
      if (isGaveUp(cause)) throw cause.error;
      throw WIRING.includes(name) && isKdxError(cause) ? cause : hookFailed(plugin, name, cause);
    }
    this.#times.add(plugin, name, observes ? blocked : performance.now() - begun);
    return result;
  }
}

function hookHangs(plugin: string, name: string, timeoutMs: number): KdxError {
  return kdxError(
    'KDX_HOOK_HANGS',
    `Hook "${name}" of plugin "${plugin}" did not settle within ${timeoutMs / 1000} s; look for a promise that is never resolved, or give it longer with --set hookTimeout=SECONDS.`,
  );
}

const hookFailed = (plugin: string, name: string, cause: unknown): KdxError =>
  kdxError('KDX_HOOK_FAILED', `Hook "${name}" of plugin "${plugin}" failed: ${messageOf(cause)}`, {
    cause,
  });
