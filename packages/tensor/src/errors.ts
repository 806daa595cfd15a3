import { type ErrorTable, errorMaker } from './errors/define-errors.js';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const TENSOR_ERRORS = {
  KDX_OPTIMIZER_INVALID: {
    exit: 'usage',
    means: 'A setting of the optimiser or of the EMA is out of its range',
    fix: 'set it to a value that the message names',
  },
  KDX_WEIGHTS_MISSING: {
    exit: 'usage',
    means: 'There is no such weight file, or the run has not written it yet',
    fix: 'check the path, or finish the run with `kdx run --resume`',
  },
  KDX_WEIGHTS_MISMATCH: {
    exit: 'usage',
    means: "Names or shapes in the file are not the model's",
    fix: 'give the model, with its options, that the file was saved from',
  },
  KDX_WEIGHTS_FORMAT: {
    exit: 'usage',
    means: "The file is of another format, such as PyTorch's `.pth`, `.pt` and `.bin`",
    fix: 'convert it with the command that the sentence names',
  },
  KDX_WEIGHTS_MALFORMED: {
    exit: 'usage',
    means: 'It is not a sound safetensors file',
    fix: 'save or download it again',
  },
  KDX_WEIGHTS_TRUNCATED: {
    exit: 'usage',
    means: 'The file is cut short',
    fix: 'download or copy it again',
  },
  KDX_READ_FAILED: {
    exit: 'usage',
    means: 'A file is there and cannot be read, or is a folder',
    fix: 'check its permissions, or name the file itself',
  },
  KDX_PARAMETER_TWICE: {
    exit: 'usage',
    means: 'Two layers or modules register one parameter name',
    fix: 'give one of them a scope or prefix of its own',
  },
  KDX_TAP_UNKNOWN: {
    exit: 'usage',
    means: 'The model has no such layer',
    fix: '`kdx models NAME` lists its taps',
  },
  KDX_NO_GRADIENT: {
    exit: 'failure',
    means:
      'An op has no gradient, or no loss reaches anything that learns. Of a single term or parameter it is a warning of `kdx check`',
    fix: 'read something that the student makes; `kdx check` names the term',
  },
  KDX_READ_UNDECLARED: {
    exit: 'failure',
    means: 'A term reads what it has not declared, or heads that were not asked for',
    fix: 'its author: add it to `reads`',
  },
  KDX_BATCH_TOO_SMALL: {
    exit: 'failure',
    means: 'Batch norm sees one value per channel',
    fix: 'a batch of at least 2',
  },
  KDX_SHAPE: {
    exit: 'failure',
    means: 'An op was given tensors of shapes it does not take',
    fix: 'in code: see what it expects',
  },
  KDX_RANGE: {
    exit: 'usage',
    means: 'A number is outside of what an op or layer takes',
    fix: 'in code: see the range',
  },
  KDX_RNG_MISSING: {
    exit: 'failure',
    means: 'Something random ran without a random generator',
    fix: 'in code: pass `rng`',
  },
  KDX_RNG_KEY: {
    exit: 'failure',
    means: 'A random stream was keyed by a number that is not finite',
    fix: 'in code: seed, epoch and sample index',
  },
  KDX_RNG_RANGE: {
    exit: 'failure',
    means: 'A random number was asked for from an impossible range',
    fix: 'in code: see the sentence',
  },
  KDX_GRADIENT_INVALID: {
    exit: 'failure',
    means: "An op's gradient function gave a wrong type or shape",
    fix: "the op's author: fix the gradient function",
  },
  KDX_TFJS_INTERNALS: {
    exit: 'failure',
    means: 'TensorFlow.js is not the version whose gradients kdx can walk',
    fix: 'install the version that the sentence names, once',
  },
  KDX_EMA_SWAPPED: {
    exit: 'failure',
    means: 'The EMA was used while its averages are in place',
    fix: 'in code: call `swap()` first',
  },
  KDX_CHECKPOINT: {
    exit: 'usage',
    means: 'A checkpoint is not one, is damaged, or is of another optimiser or model',
    fix: 'resume with the settings that the run started with',
  },
  KDX_WRITE_FAILED: {
    exit: 'failure',
    means: 'A file could not be written: the disk is full, or permissions are missing',
    fix: 'make room or choose another `--out`; the last whole checkpoint is still there',
  },
  KDX_BACKEND_UNAVAILABLE: {
    exit: 'failure',
    means: 'The back end, or with `auto` any, does not load here',
    fix: '`kdx doctor` says what to do',
  },
  KDX_BACKEND_SETTING: {
    exit: 'usage',
    means: 'The back end cannot do that device, precision, number of threads or memory limit',
    fix: 'choose one that it has',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker(TENSOR_ERRORS);

export { type ErrorFacts, type ErrorTable, errorMaker } from './errors/define-errors.js';
export { didYouMean } from './errors/did-you-mean.js';
export { type Exit, isKdxError, KdxError, messageOf } from './errors/kdx-error.js';
export { lookedFor } from './errors/looked-for.js';
export { warnProcess } from './errors/warn-process.js';
