import { MODELS_ERRORS } from '@kdx/models/errors';
import { type ErrorTable, errorMaker } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const DEIT_ERRORS = {} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...MODELS_ERRORS, ...DEIT_ERRORS });
