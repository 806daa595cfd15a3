import { type ErrorTable, errorMaker, TENSOR_ERRORS } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const TESTING_ERRORS = {
  KDX_CONFORMANCE_OPTIONS: {
    exit: 'failure',
    means: 'Options do not survive JSON, are not described, or unknown ones are taken',
    fix: '`z.strictObject()` with `.describe()`',
  },
  KDX_CONFORMANCE_GRADIENT: {
    exit: 'failure',
    means: 'A gradient is not that of finite differences',
    fix: 'mend the gradient, or `detach` what is not to learn',
  },
  KDX_CONFORMANCE_TRAINS: {
    exit: 'failure',
    means: 'A term trains others than it declares',
    fix: 'mend `trains`, or `detach`',
  },
  KDX_CONFORMANCE_MINIMUM: {
    exit: 'failure',
    means: 'A loss is not least where student and teacher agree',
    fix: 'mend the loss, or its entry in `minimum`',
  },
  KDX_CONFORMANCE_TEACHER: {
    exit: 'failure',
    means: 'A teacher was changed by the run',
    fix: 'never assign to it',
  },
  KDX_CONFORMANCE_FORWARDS: {
    exit: 'failure',
    means: 'A model ran more than once, or when nobody read it',
    fix: 'read taps instead of calling the model',
  },
  KDX_CONFORMANCE_MODES: {
    exit: 'failure',
    means: 'A model was left in the wrong mode',
    fix: 'do not change modes',
  },
  KDX_CONFORMANCE_MEMORY: {
    exit: 'failure',
    means: 'A tensor was left behind',
    fix: 'keep no tensor from step to step but in modules',
  },
  KDX_CONFORMANCE_RESUME: {
    exit: 'failure',
    means: 'A resumed run does not end in the same bytes',
    fix: 'save all state with the hooks `save` and `load`; draw from `ctx.rng`',
  },
  KDX_CONFORMANCE_PARTIAL_BATCH: {
    exit: 'failure',
    means: 'A smaller last batch is not coped with',
    fix: 'take the batch size from the tensors',
  },
  KDX_CONFORMANCE_CLASS_COUNTS: {
    exit: 'failure',
    means: 'It does not work with 2, 10 and 1000 classes',
    fix: "take the classes from the model's `spec`",
  },
  KDX_CONFORMANCE_ORDER: {
    exit: 'failure',
    means: 'The order in which plugins are named matters',
    fix: 'depend on nothing but what `ctx` tells',
  },
  KDX_CONFORMANCE_EXPORTED_STUDENT: {
    exit: 'failure',
    means: 'The exported student is not the plain student',
    fix: 'keep helpers in `addModule`',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...TENSOR_ERRORS, ...TESTING_ERRORS });
