import { KDX_VERSION } from '@kdx/run';
import { armFolder } from '@kdx/run/parts';
import { messageOf, statIfThere } from '@kdx/tensor';
import { findAttention, readAttention } from './attention-view.js';
import { BenchFiles } from './bench-file.js';
import { familiesOf } from './families.js';
import { findRuns, withoutRuns } from './find-runs.js';
import type { AttentionView, PageData, PageUpdate } from './page/page-data.js';
import { runNames } from './run-names.js';
import { Sheets } from './sheets.js';
import { ShownRun } from './shown-run.js';

interface ReportOptions {
  /** A file that `kdx attention --json` wrote, besides those that lie with the runs. */
  readonly attention?: string;
}

/** The runs of some folders, looked at once for `kdx report`, again and again for `kdx ui`. */
export class Report {
  #runs = new Map<string, ShownRun>();
  readonly #sheets = new Sheets();
  #attention: readonly AttentionView[] = [];
  #attentionVersion = '';
  readonly #benches = new BenchFiles();
  #families: Pick<PageData, 'families' | 'baseline' | 'teachers' | 't975'> = {
    families: [],
    teachers: [],
    t975: [],
  };
  #notes: readonly string[] = [];
  #emptyNotes: readonly string[] = [];
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
    const names = this.#namesOf(found);
    const runs = new Map<string, ShownRun>();
    let changed = false;
    for (const [k, directory] of found.entries()) {
      const run = this.#runs.get(directory) ?? new ShownRun(directory);
      changed = (await run.refresh(names[k], next)) || changed;
      runs.set(directory, run);
    }
    const before = [...this.#runs.keys()].join('\n');
    this.#runs = runs;
    this.#sheets.keep(
      [...runs.values()].map(({ sheet }) => sheet),
      next,
    );
    const empty = this.#noteEmpty();
    const regrouped = await this.#group();
    const others = [...this.#runs.keys()].join('\n') !== before;
    if (this.#readAttention(found) || others || empty || regrouped) {
      this.#othersSince = next;
      changed = true;
    }
    if (changed) this.#version = next;
  }

  /** All there is to show. */
  data(): PageData {
    return {
      ...this.#others(),
      runs: [...this.#runs.values()].map(({ view }) => view),
      sheets: this.#sheets.since(0),
    };
  }

  /** What is new since a version; undefined where nothing is. */
  updateSince(version: number): PageUpdate | undefined {
    const runs = [...this.#runs.values()].map((run) => run.updateSince(version));
    const changed = runs.filter((run) => run !== undefined);
    if (changed.length === 0 && this.#othersSince <= version) return undefined;
    return {
      ...this.#others(),
      order: [...this.#runs.keys()],
      runs: changed,
      sheets: this.#sheets.since(version),
    };
  }

  /** Paths, in which the folder of a comparison's arm is called as the arm. */
  #namesOf(found: readonly string[]): string[] {
    return runNames(found).map((name, k) => {
      const place = this.#benches.placeOf(found[k]);
      const parts = name.split('/');
      return place ? parts.map((part) => (part === armFolder(place.arm) ? place.arm : part)).join('/') : name;
    });
  }

  /** Puts runs that differ only in their seed together. @returns whether the families are others than before */
  async #group(): Promise<boolean> {
    const views = [...this.#runs.values()].map(({ view }) => view);
    const grouped = familiesOf(views, (run) => this.#benches.placeOf(run));
    const largest = Math.max(0, ...grouped.families.map(({ runs }) => runs.length));
    // Student's t is a slow import, which a page of single runs does without.
    const t975 = largest < 2 ? [] : await quantiles(largest - 1);
    const families = { ...grouped, t975 };
    const isNew = JSON.stringify(families) !== JSON.stringify(this.#families);
    this.#families = families;
    // Runs stand as their families do, by seed in each.
    const order = grouped.families.flatMap((family) => family.runs);
    this.#runs = new Map(order.map((id) => [id, this.#runs.get(id) as ShownRun]));
    return isNew;
  }

  #others(): Omit<PageData, 'runs' | 'sheets'> {
    return {
      kdx: KDX_VERSION,
      written: new Date().toISOString(),
      ...this.#families,
      attention: this.#attention,
      notes: [...this.#emptyNotes, ...this.#notes],
    };
  }

  /** Says which of the folders named have no run, as one that someone named by hand should. @returns whether they are others */
  #noteEmpty(): boolean {
    const notes = withoutRuns(this.directories, [...this.#runs.keys()]);
    const isNew = notes.join('\n') !== this.#emptyNotes.join('\n');
    this.#emptyNotes = notes;
    return isNew;
  }

  #readAttention(runs: readonly string[]): boolean {
    const { attention } = this.options;
    const found = findAttention(this.directories, runs).filter((file) => file !== attention);
    const files = attention === undefined ? found : [attention, ...found];
    const version = files
      .map((file) => `${file} ${statIfThere(file)?.mtimeMs}`)
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

async function quantiles(most: number): Promise<readonly number[]> {
  const { studentQuantile } = await import('./statistics/statistics.js');
  return Array.from({ length: most }, (_, k) => studentQuantile(k + 1));
}
