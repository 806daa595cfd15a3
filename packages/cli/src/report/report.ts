import { statSync } from 'node:fs';
import { messageOf } from '@kdx/core';
import type { AttentionView, PageData, PageUpdate, RunView } from '../../page/page-data.js';
import { KDX_VERSION } from '../run/record.js';
import { findAttention, readAttention } from './attention-view.js';
import { findRuns } from './find-runs.js';
import { RunFolder } from './run-folder.js';
import { runNames } from './run-names.js';

interface ReportOptions {
  /** A file that `kdx attention --json` wrote, besides those that lie with the runs. */
  readonly attention?: string;
}

interface Shown {
  readonly folder: RunFolder;
  readonly view: RunView;
  /** The refresh that it was new in. */
  readonly since: number;
}

/** The runs of some folders, looked at once for `kdx report`, again and again for `kdx ui`. */
export class Report {
  #runs = new Map<string, Shown>();
  #attention: readonly AttentionView[] = [];
  #attentionVersion = '';
  #notes: readonly string[] = [];
  /** Begins above whatever a page has seen of a server before this one. */
  #version = Date.now();
  /** The refresh that changed the order, the notes or the attention distances. */
  #othersSince = 0;

  /** @param directories run folders, and folders of runs */
  constructor(
    private readonly directories: readonly string[],
    private readonly options: ReportOptions = {},
  ) {}

  /** Rises with each refresh that found something. */
  get version(): number {
    return this.#version;
  }

  /**
   * Looks at all folders again.
   * @throws KdxError `KDX_RUN_MISSING` for a folder that is none, `KDX_CONFIG` for a file of attention distances that is none
   */
  async refresh(): Promise<void> {
    const next = this.#version + 1;
    const found = findRuns(this.directories);
    const names = runNames(found);
    const runs = new Map<string, Shown>();
    let changed = false;
    for (const [k, directory] of found.entries()) {
      const before = this.#runs.get(directory);
      const folder = before?.folder ?? new RunFolder(directory);
      const isNew = folder.refresh() || before?.view.name !== names[k];
      const view = !before || isNew ? await folder.view(names[k]) : before.view;
      changed ||= isNew;
      runs.set(directory, { folder, view, since: before && !isNew ? before.since : next });
    }
    const others = [...this.#runs.keys()].join('\n') !== found.join('\n');
    this.#runs = runs;
    if (this.#readAttention(found) || others) {
      this.#othersSince = next;
      changed = true;
    }
    if (changed) this.#version = next;
  }

  /** All there is to show. */
  data(): PageData {
    return {
      kdx: KDX_VERSION,
      written: new Date().toISOString(),
      runs: [...this.#runs.values()].map(({ view }) => view),
      attention: this.#attention,
      notes: this.#notes,
    };
  }

  /** What is new since a version; undefined where nothing is. */
  updateSince(version: number): PageUpdate | undefined {
    const changed = [...this.#runs.values()].filter(({ since }) => since > version);
    if (changed.length === 0 && this.#othersSince <= version) return undefined;
    return {
      ...this.data(),
      order: [...this.#runs.keys()],
      runs: changed.map(({ view }) => view),
    };
  }

  #readAttention(runs: readonly string[]): boolean {
    const { attention } = this.options;
    const found = findAttention(this.directories, runs).filter((file) => file !== attention);
    const files = attention === undefined ? found : [attention, ...found];
    const version = files
      .map((file) => `${file} ${statSync(file, { throwIfNoEntry: false })?.mtimeMs}`)
      .concat(runs)
      .join('\n');
    if (version === this.#attentionVersion) return false;
    this.#attentionVersion = version;
    const notes: string[] = [];
    this.#attention = files.flatMap((file) => {
      try {
        return [readAttention(file, runs)];
      } catch (error) {
        if (file === attention) throw error;
        notes.push(messageOf(error));
        return [];
      }
    });
    this.#notes = notes;
    return true;
  }
}
