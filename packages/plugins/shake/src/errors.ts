import { CORE_ERRORS } from '@kdx/core/errors';
import { type ErrorTable, errorMaker } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const SHAKE_ERRORS = {
  KDX_SHAKE_OPTION: {
    exit: 'usage',
    means: 'An option does nothing with this preset',
    fix: 'leave it out, or another preset',
  },
  KDX_SHAKE_STAGES: {
    exit: 'usage',
    means: 'The teacher has no stages that the shadow head can stand on',
    fix: 'a CNN as teacher, other `stages`, or preset `submission`',
  },
  KDX_SHAKE_CLASSIFIER: {
    exit: 'usage',
    means: "The teacher's classifier does not fit the shadow head",
    fix: '`"classifier":"own"`',
  },
  KDX_SHAKE_FEATURE: {
    exit: 'usage',
    means: "The feature that the student's classifier reads is not known, or the student has too few stages",
    fix: 'name it in `feature`, or `"head":"linear"`',
  },
  KDX_SHAKE_INHERIT: {
    exit: 'usage',
    means: 'A distillation token cannot inherit logits',
    fix: '`"inherit":"hard"` or `"kl"`',
  },
  KDX_SHAKE_TOKEN: {
    exit: 'usage',
    means: 'The student has no distillation head that could be the shadow, or `deit` is missing',
    fix: '`--plugins deit,shake`, or another preset',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...CORE_ERRORS, ...SHAKE_ERRORS });
