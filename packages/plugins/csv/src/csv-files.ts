import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventLogReader } from '@kdx/core';
import { writeFailure, writeWhole } from '@kdx/tensor';
import { stringify } from 'csv-stringify/sync';
import { type Row, rowsOf, TABLES, type TableName } from './tables.js';

const NAMES = Object.keys(TABLES) as TableName[];

/** The CSV files of one run's folder. */
export class CsvFiles {
  readonly #log: EventLogReader;
  readonly #columns = new Map<TableName, Set<string>>();
  /** Whether the files on disk are not known to be what the log says, as at first: a resume may have cut the log. */
  #stale = true;

  constructor(
    private readonly directory: string,
    private readonly delimiter: string,
  ) {
    this.#log = new EventLogReader(join(directory, 'events.jsonl'));
  }

  /**
   * Brings the files up to the log.
   * @throws KdxError `KDX_WRITE_FAILED`; the next call writes the whole files again
   */
  flush(): void {
    if (!this.#stale) {
      const rows = this.#read();
      // A term that is computed for the first time is a new column, also of the rows that are there.
      if (!this.#stale) for (const name of NAMES) this.#append(name, rows.get(name) ?? []);
    }
    if (this.#stale) this.#rewrite();
  }

  #rewrite(): void {
    this.#log.rewind();
    for (const name of NAMES) this.#columns.set(name, new Set(TABLES[name]));
    const rows = this.#read();
    for (const name of NAMES)
      writeWhole(join(this.directory, name), this.#text(name, rows.get(name) ?? [], true));
    this.#stale = false;
  }

  /** New rows of each file; notes their columns. */
  #read(): Map<TableName, Row[]> {
    const found = new Map<TableName, Row[]>();
    for (const event of this.#log.next()) {
      const { table, rows = [] } = rowsOf(event) ?? {};
      if (table === undefined) continue;
      const columns = this.#columns.get(table) as Set<string>;
      for (const column of rows.flatMap(Object.keys)) {
        if (columns.has(column)) continue;
        columns.add(column);
        this.#stale = true;
      }
      if (!found.has(table)) found.set(table, []);
      found.get(table)?.push(...rows);
    }
    return found;
  }

  #append(name: TableName, rows: readonly Row[]): void {
    if (rows.length === 0) return;
    const file = join(this.directory, name);
    try {
      appendFileSync(file, this.#text(name, rows, false), { flush: true });
    } catch (cause) {
      this.#stale = true;
      throw writeFailure(file, cause);
    }
  }

  #text(name: TableName, rows: readonly Row[], header: boolean): string {
    const columns = [...(this.#columns.get(name) as Set<string>)];
    return stringify([...rows], { columns, header, delimiter: this.delimiter });
  }
}
