import { CORE_ERRORS } from '@kdx/core/errors';
import { MODELS_ERRORS } from '@kdx/models/errors';
import { RUN_ERRORS } from '@kdx/run/errors';
import { type ErrorTable, errorMaker } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const REPORT_ERRORS = {
  KDX_ATTENTION_GRID: {
    exit: 'usage',
    means: 'Models to be compared see different grids of patches',
    fix: 'compare models of one `patch` and `img`',
  },
  KDX_ATTENTION_LABEL: {
    exit: 'usage',
    means: 'One label names models of different shapes, which cannot be averaged',
    fix: 'give each a label of its own',
  },
  KDX_UI_PORT: {
    exit: 'usage',
    means: 'The port of `kdx ui` is taken, or not allowed',
    fix: 'another `--port`, or none',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...CORE_ERRORS, ...MODELS_ERRORS, ...RUN_ERRORS, ...REPORT_ERRORS });
