import { CORE_ERRORS } from '@kdx/core/errors';
import { type ErrorTable, errorMaker, TENSOR_ERRORS } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const CLASSIFICATION_ERRORS = {
  KDX_SMOOTHING_RANGE: {
    exit: 'usage',
    means: 'In code: the label smoothing is not in [0, 1)',
    fix: 'set `labelSmoothing` so',
  },
  KDX_LABEL_RANGE: {
    exit: 'failure',
    means: 'A label is outside the classes of the model',
    fix: "build the model for the data's classes, or check the labels",
  },
  KDX_BATCH_SHAPE: {
    exit: 'failure',
    means: 'A head gives another number of logits than labels and classes want',
    fix: 'build the model for these classes',
  },
  KDX_HEAD_MISSING: {
    exit: 'usage',
    means: 'The head rule names a head that the model has not',
    fix: 'choose another head rule',
  },
  KDX_CLASS_EMPTY: {
    exit: 'warning',
    means: 'Some classes have no training image; validation and test images of them count as mistakes',
    fix: 'take more images with `--data`, or data without these classes',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...TENSOR_ERRORS, ...CORE_ERRORS, ...CLASSIFICATION_ERRORS });
