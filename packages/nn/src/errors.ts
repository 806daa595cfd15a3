import { didYouMean, type ErrorTable, errorMaker, KdxError, TENSOR_ERRORS } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const NN_ERRORS = {
  KDX_TAP_TWICE: {
    exit: 'usage',
    means: 'The tapped layer runs twice in one forward',
    fix: 'tap a layer that contains it',
  },
  KDX_MODULE_INPUTS: {
    exit: 'usage',
    means: 'A helper module has several inputs and gave a layer, which takes one',
    fix: 'its author: return a function of all inputs',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...TENSOR_ERRORS, ...NN_ERRORS });

const show = (shape: readonly number[]) => `[${shape.join(', ')}]`;

export const shapeError = (op: string, expected: string, ...found: (readonly number[])[]): KdxError =>
  kdxError('KDX_SHAPE', `${op} expects ${expected}, but it was given ${found.map(show).join(' and ')}.`);

export const rangeError = (what: string, range: string, found: number): KdxError =>
  kdxError('KDX_RANGE', `${what} must be ${range}, but it is ${found}.`);

export const batchTooSmall = (where: string): KdxError =>
  kdxError(
    'KDX_BATCH_TOO_SMALL',
    `Batch norm "${where}" sees one value per channel, which has no variance; train with a batch of at least 2.`,
  );

export const rngMissing = (purpose: string): KdxError =>
  kdxError(
    'KDX_RNG_MISSING',
    `"${purpose}" draws random numbers, but this forward was given none; pass \`rng\` in its options.`,
  );

export const tapTwice = (path: string): KdxError =>
  kdxError(
    'KDX_TAP_TWICE',
    `The layer "${path}" runs twice in one forward, so its tap is ambiguous; tap a layer that contains it.`,
  );

export const tapUnknown = (path: string, known: readonly string[]): KdxError =>
  kdxError(
    'KDX_TAP_UNKNOWN',
    `The model has no tap "${path}".${didYouMean(path, known)} \`model.taps()\` lists all ${known.length} of them.`,
  );

export const headsNotReached = (): KdxError =>
  kdxError(
    'KDX_READ_UNDECLARED',
    'The forward ended at its last tap, before the heads; ask for them with `logits: true`.',
  );

export const oneInput = (found: number): KdxError =>
  kdxError(
    'KDX_MODULE_INPUTS',
    `A layer takes one input, but the helper module declares ${found}; return a function of all inputs from \`build\`.`,
  );
