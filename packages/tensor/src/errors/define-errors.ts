import { type Exit, KdxError } from './kdx-error.js';

/** What a code says wherever it is raised. Its message adds what was wrong this time, and where. */
export interface ErrorFacts {
  readonly exit: Exit;
  /** What the code means, without a full stop. */
  readonly means: string;
  /** What to do about it, without a full stop. */
  readonly fix: string;
}

/** Facts by code, `KDX_…`. */
export type ErrorTable = Readonly<Record<string, ErrorFacts>>;

/** Makes the errors of one package, so that a code and its exit status are stated once. */
export const errorMaker =
  <T extends ErrorTable>(table: T) =>
  (code: keyof T & string, message: string, options?: { readonly cause?: unknown }): KdxError =>
    new KdxError(code, message, { ...options, exit: table[code].exit });
