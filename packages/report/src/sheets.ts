/** A contact sheet with the hash that runs name it by. */
export type NamedSheet = readonly [hash: string, uri: string];

/** The contact sheets of a page, each once however many runs are on its pool. */
export class Sheets {
  #kept: ReadonlyMap<string, { readonly uri: string; readonly since: number }> = new Map();

  /** @param version of the refresh that found that these are the sheets */
  keep(sheets: readonly (NamedSheet | undefined)[], version: number): void {
    // A page drops a sheet with the last run that names it, so one that comes back is new.
    this.#kept = new Map(
      sheets
        .filter((sheet) => sheet !== undefined)
        .map(([hash, uri]) => [hash, this.#kept.get(hash) ?? { uri, since: version }]),
    );
  }

  /** Those that came after a version, by hash. */
  since(version: number): Record<string, string> {
    const entries = [...this.#kept].filter(([, { since }]) => since > version);
    return Object.fromEntries(entries.map(([hash, { uri }]) => [hash, uri]));
  }
}
