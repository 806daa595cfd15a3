import { type ErrorTable, errorMaker } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const CSV_ERRORS = {
  KDX_CSV_FOLDER: {
    exit: 'warning',
    means: 'A run in code that keeps nothing has the plugin `csv`',
    fix: 'give the run a folder',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker(CSV_ERRORS);
