import { CORE_ERRORS } from '@kdx/core/errors';
import { DATA_ERRORS } from '@kdx/data/errors';
import { MODELS_ERRORS } from '@kdx/models/errors';
import { type ErrorTable, errorMaker, TENSOR_ERRORS } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const DF_DEARKD_ERRORS = {
  KDX_SYNTH_CLASSES: {
    exit: 'usage',
    means: "`--classes` is no list of the network's classes, or too short for a batch",
    fix: 'e.g. `--classes 0-9,42`, or `--set classesPerBatch=…`',
  },
  KDX_SYNTH_VERIFIER: {
    exit: 'usage',
    means: 'A threshold without a verifier, or a verifier that is the inverted network itself',
    fix: '`--verify` a network of another training',
  },
  KDX_SYNTH_NETWORK: {
    exit: 'usage',
    means: 'Verifier or competitor takes other images or knows other classes',
    fix: 'name one for the same images',
  },
  KDX_SYNTH_COMPETITOR: {
    exit: 'usage',
    means: '`divergence.kind=adi` without a second network',
    fix: '`--compete MODEL@WEIGHTS`',
  },
  KDX_SYNTH_LOSS: {
    exit: 'usage',
    means: 'Every weight of the synthesis is 0',
    fix: 'e.g. `--set weights.ce=1`',
  },
  KDX_SYNTH_SIZE: {
    exit: 'usage',
    means: 'Images of this size cannot be halved for the first phase',
    fix: 'phases of scale 1, as the sentence shows',
  },
  KDX_SYNTH_PHASES: {
    exit: 'usage',
    means: 'Small images after large ones, or at the end, where small ones are to be enlarged',
    fix: 'phases of scale 2 first and scale 1 last, or `--set resolution=pool`',
  },
  KDX_SYNTH_START: {
    exit: 'usage',
    means: 'The images of `--start` have another size, or a class has none',
    fix: 'name images of the size and classes that the sentence says, or leave it out to begin with noise',
  },
  KDX_SYNTH_OUT: {
    exit: 'usage',
    means: 'The folder holds other things than a pool',
    fix: 'another `--out`',
  },
  KDX_SYNTH_FILTER: {
    exit: 'failure',
    means: 'No image made so far passes `--threshold`',
    fix: 'lower it, or more `--iterations`',
  },
  KDX_SYNTH_REPEATS: {
    exit: 'failure',
    means: 'The last batches repeat images that the pool already has',
    fix: 'fewer `--images`, or another `--out` with more images for `--start` or with `--set noise=1`',
  },
  KDX_INVERT_NO_BATCH_NORM: {
    exit: 'usage',
    means: 'The network has no batch norm, whose statistics guide the synthesis',
    fix: 'invert one that has, or `--set weights.batchNorm=0`',
  },
  KDX_POOL_EXISTS: {
    exit: 'usage',
    means: 'In code: a pool is there already',
    fix: '`resume: true`, or another folder (`kdx synth` goes on by itself)',
  },
  KDX_POOL_MISMATCH: {
    exit: 'usage',
    means: 'The pool was made with other networks or settings',
    fix: 'run with what made it, or another `--out`',
  },
  KDX_POOL_DESCRIPTION: {
    exit: 'usage',
    means: 'A pool cannot be described with such a value',
    fix: 'in code: mend that value',
  },
  KDX_POOL_BATCH: {
    exit: 'usage',
    means: 'A batch is written twice, or its parts do not fit',
    fix: 'in code: see the sentence',
  },
  KDX_POOL_DATA: {
    exit: 'usage',
    means: "The pool's images or classes are not those of the real data",
    fix: 'as the sentence says',
  },
  KDX_POOL_MODEL: {
    exit: 'usage',
    means: "A network cannot look at this pool's images, by size or classes",
    fix: 'name one that can, e.g. with `?img=…`',
  },
  KDX_SYNTH_WEIGHTS: {
    exit: 'usage',
    means: 'The network to invert has no weights',
    fix: '`--invert MODEL@FILE.safetensors`',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({
  ...TENSOR_ERRORS,
  ...CORE_ERRORS,
  ...DATA_ERRORS,
  ...MODELS_ERRORS,
  ...DF_DEARKD_ERRORS,
});
