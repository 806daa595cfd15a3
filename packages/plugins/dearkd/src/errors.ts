import { MODELS_ERRORS } from '@kdx/models/errors';
import { type ErrorTable, errorMaker } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const DEARKD_ERRORS = {
  KDX_DEARKD_STUDENT: {
    exit: 'usage',
    means: 'The hidden loss is for vision transformers',
    fix: 'choose a ViT, or `dearkd:{"hidden":false}`',
  },
  KDX_DEARKD_PAIR: {
    exit: 'usage',
    means: 'Student and teacher layers cannot be paired for the hidden loss',
    fix: 'name others as the message says',
  },
  KDX_DEARKD_STAGE1: {
    exit: 'usage',
    means: 'The first stage is longer than the run',
    fix: 'a share of it: `"stage1":"80%"`',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...MODELS_ERRORS, ...DEARKD_ERRORS });
