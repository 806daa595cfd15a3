import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '@kdx/tensor';
import type { RunUpdate, RunView, SteadyPart } from './page/page-data.js';
import { RunFolder } from './run-folder.js';
import { unreadableRun } from './unreadable-run.js';

const STEADY: readonly SteadyPart[] = ['config', 'environment', 'confusion', 'log'];

/** A run as a page shows it, with the refreshes that its parts are new since. */
export class ShownRun {
  readonly #folder: RunFolder;
  #view: RunView | undefined;
  #since = 0;
  readonly #partsSince = new Map<SteadyPart, number>();
  #fault: string | undefined;
  #sheet: string | undefined;

  /** @param directory absolute */
  constructor(directory: string) {
    this.#folder = new RunFolder(directory);
  }

  /**
   * Looks at its folder again. A run that cannot be looked at says why, and no other suffers from it.
   * @param version of this refresh
   * @returns whether a page would show anything else than before
   */
  async refresh(name: string, version: number): Promise<boolean> {
    const before = this.#view;
    const fault = this.#fault;
    try {
      const isNew = this.#folder.refresh();
      if (before && !isNew && before.name === name && fault === undefined) return false;
      const view = await this.#folder.view(name);
      this.#fault = undefined;
      this.#sheet = await this.#folder.sheet();
      this.#show(view, version);
    } catch (error) {
      this.#fault = messageOf(error);
      if (this.#fault === fault && before?.name === name) return false;
      this.#show(unreadableRun(this.#folder.directory, name, this.#fault, before), version);
    }
    return true;
  }

  #show(view: RunView, version: number): void {
    for (const part of STEADY) {
      if (!this.#view || !isDeepStrictEqual(view[part], this.#view[part]))
        this.#partsSince.set(part, version);
    }
    this.#view = view;
    this.#since = version;
  }

  get view(): RunView {
    if (!this.#view) throw new Error('a run is shown before it was looked at');
    return this.#view;
  }

  /** The contact sheet that its view names. */
  get sheet(): readonly [hash: string, uri: string] | undefined {
    const hash = this.#view?.pool?.sheet;
    return hash === undefined || this.#sheet === undefined ? undefined : [hash, this.#sheet];
  }

  /** What a page lacks that has seen this version; undefined where that is nothing. */
  updateSince(version: number): RunUpdate | undefined {
    if (this.#since <= version) return undefined;
    const same = STEADY.filter((part) => (this.#partsSince.get(part) ?? 0) <= version);
    const rest: Partial<RunView> = { ...this.view };
    for (const part of same) delete (rest as Partial<Record<SteadyPart, unknown>>)[part];
    return { ...(rest as Omit<RunView, SteadyPart>), same };
  }
}
