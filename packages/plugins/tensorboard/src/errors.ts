import { type ErrorTable, errorMaker } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const TENSORBOARD_ERRORS = {
  KDX_TENSORBOARD_FOLDER: {
    exit: 'warning',
    means: 'The same of the plugin `tensorboard`',
    fix: 'give the run a folder',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker(TENSORBOARD_ERRORS);
