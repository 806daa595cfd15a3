import { CORE_ERRORS } from '@kdx/core/errors';
import { type ErrorTable, errorMaker } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const TF_FD_ERRORS = {
  KDX_TF_FD_LAYERS: {
    exit: 'usage',
    means: 'There are no layers, or no pairs of them, to distil between',
    fix: 'name them in `layers`',
  },
  KDX_TF_FD_SCALE: {
    exit: 'usage',
    means: "The score `bn` needs a stage's output with one batch norm",
    fix: 'another `score`, e.g. `"lp"`',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...CORE_ERRORS, ...TF_FD_ERRORS });
