import type { Transform } from '@kdx/core';
import type { Amount } from '../splits/amount.js';
import { parseAmount } from '../splits/amount.js';
import { parseTransforms } from '../transforms/parse-transforms.js';

/** One option of a data set, as it stands in the query of a spec. */
export interface DataOption<T> {
  /** What a value looks like, e.g. `a number of images or a percentage`. */
  readonly syntax: string;
  /** One line for the command line's help. */
  readonly help: string;
  /** Value in force when the spec does not name it, as it would be written. Without one the value is `undefined`. */
  readonly default?: string;
  /** `undefined` when `text` is not of that syntax. */
  parse(text: string): T | undefined;
}

export type DataOptions = Readonly<Record<string, DataOption<unknown>>>;

/** What a data set is given for its options. */
export type OptionValues<S extends DataOptions> = {
  readonly [K in keyof S]: S[K] extends { readonly default: string; parse(text: string): infer T }
    ? Exclude<T, undefined>
    : S[K] extends DataOption<infer T>
      ? T | undefined
      : never;
};

/** A whole number in [`least`, `most`] with a default. */
export function wholeNumber(
  help: string,
  initial: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): DataOption<number> & { readonly default: string } {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return {
    syntax: `a whole number ${range}`,
    help,
    default: String(initial),
    parse: (text) => {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : undefined;
    },
  };
}

/** A decimal number in [`least`, `most`] with a default. */
export const decimal = (
  help: string,
  initial: number,
  least: number,
  most: number,
): DataOption<number> & { readonly default: string } => ({
  syntax: `a number from ${least} to ${most}`,
  help,
  default: String(initial),
  parse: (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  },
});

/** How many images of a split to take; all of them (or none) when it is not named. */
export const amount = (help: string): DataOption<Amount> => ({
  syntax: 'a number of images or a percentage such as 10%',
  help,
  parse: parseAmount,
});

/** Transforms of training images, such as `crop,flip`. */
export const augmentation = (
  initial: string,
): DataOption<readonly Transform[]> & { readonly default: string } => ({
  syntax: 'a list of transforms such as crop,flip or crop(4,reflect),flip(0.5), or none',
  help: 'transforms of training images, in order',
  default: initial,
  parse: parseTransforms,
});
