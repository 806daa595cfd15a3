import { HOOK_KINDS, type HookName, type Hooks, type HooksOfKind } from '../contracts/hook.js';
import { KdxError, messageOf } from '../errors/kdx-error.js';

interface Contribution {
  readonly plugin: string;
  readonly run: (...args: never[]) => unknown;
}

/** Runs what plugins contributed, one verb per kind, and can always name the plugin and hook that failed or hung. */
export class HookDriver {
  readonly #contributions = new Map<HookName, Contribution[]>();
  readonly #timeoutMs: number;

  constructor(options: { readonly timeoutMs?: number } = {}) {
    this.#timeoutMs = options.timeoutMs ?? 5 * 60_000;
  }

  add<N extends HookName>(plugin: string, name: N, run: Hooks[N]): void {
    if (!(name in HOOK_KINDS)) {
      const known = Object.keys(HOOK_KINDS).join(', ');
      throw new KdxError(
        'KDX_HOOK_UNKNOWN',
        `Plugin "${plugin}" hooks "${name}", which is none of ${known}.`,
      );
    }
    const list = this.#contributions.get(name) ?? [];
    list.push({ plugin, run: run as Contribution['run'] });
    this.#contributions.set(name, list);
  }

  /** Plugins that contribute to a hook, in order. */
  contributors(name: HookName): readonly string[] {
    return (this.#contributions.get(name) ?? []).map(({ plugin }) => plugin);
  }

  /** The first answer that is not undefined. */
  async first<N extends HooksOfKind<'first'>>(
    name: N,
    ...args: Parameters<Hooks[N]>
  ): Promise<Awaited<ReturnType<Hooks[N]>> | undefined> {
    for (const contribution of this.#of(name)) {
      const answer = await this.#settle(name, contribution, args);
      if (answer !== undefined) return answer as Awaited<ReturnType<Hooks[N]>>;
    }
    return undefined;
  }

  /** Each gets what the one before returned. */
  async waterfall<N extends HooksOfKind<'waterfall'>>(
    name: N,
    value: Awaited<ReturnType<Hooks[N]>>,
    ...rest: Parameters<Hooks[N]> extends [unknown, ...infer R] ? R : never
  ): Promise<Awaited<ReturnType<Hooks[N]>>> {
    let current: unknown = value;
    for (const contribution of this.#of(name)) {
      current = await this.#settle(name, contribution, [current, ...rest]);
      if (current === undefined) {
        throw new KdxError(
          'KDX_HOOK_RESULT',
          `Hook "${name}" of plugin "${contribution.plugin}" returned nothing; it must return what the next one gets.`,
        );
      }
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
      if (contribution.plugin === plugin) await this.#settle(name, contribution, args);
    }
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

  /** On the tape: no promises. `call` gives each contribution its arguments. */
  sync<N extends HooksOfKind<'sync'>>(
    name: N,
    call: (run: Hooks[N], plugin: string) => ReturnType<Hooks[N]>,
  ): void {
    for (const { plugin, run } of this.#of(name)) {
      let result: unknown;
      try {
        result = call(run as unknown as Hooks[N], plugin);
      } catch (cause) {
        throw hookFailed(plugin, name, cause);
      }
      if (isPromise(result)) {
        result.then(undefined, () => {});
        throw new KdxError(
          'KDX_HOOK_ASYNC',
          `Hook "${name}" of plugin "${plugin}" returned a promise; it runs on the gradient tape and must be synchronous.`,
        );
      }
    }
  }

  #of(name: HookName): readonly Contribution[] {
    return this.#contributions.get(name) ?? [];
  }

  async #settle(name: HookName, { plugin, run }: Contribution, args: readonly unknown[]): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const hung = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const message = `Hook "${name}" of plugin "${plugin}" did not settle within ${this.#timeoutMs / 1000} s; look for a promise that is never resolved.`;
        reject(new KdxError('KDX_HOOK_HANGS', message));
      }, this.#timeoutMs);
    });
    try {
      return await Promise.race([run(...(args as never[])), hung]);
    } catch (cause) {
      throw hookFailed(plugin, name, cause);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Whatever can be awaited. Its own failure must not outlive the error that it is a promise at all. */
export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';

function hookFailed(plugin: string, name: string, cause: unknown): KdxError {
  if (cause instanceof KdxError && cause.code.startsWith('KDX_HOOK')) return cause;
  return new KdxError('KDX_HOOK_FAILED', `Hook "${name}" of plugin "${plugin}" failed: ${messageOf(cause)}`, {
    cause,
  });
}
