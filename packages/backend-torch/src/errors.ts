import { type ErrorTable, errorMaker, TENSOR_ERRORS } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const BACKEND_TORCH_ERRORS = {
  KDX_BACKEND_PRECISION: {
    exit: 'usage',
    means:
      'bf16 was asked for, or a run that computes in it is resumed, where libtorch computes it wrongly: without instructions for bf16, sums are kept in bf16 or the product is refused',
    fix: '`--precision float32`, or another machine; `kdx doctor` says what bf16 is worth',
  },
  KDX_TORCH_MISSING: {
    exit: 'failure',
    means: 'No libtorch that can be used',
    fix: 'install one, or set `KDX_LIBTORCH`',
  },
  KDX_TORCH_NOT_BUILT: {
    exit: 'failure',
    means: 'A libtorch, but no bridge for it',
    fix: '`kdx backend build torch`',
  },
  KDX_TORCH_MISMATCH: {
    exit: 'failure',
    means: 'The bridge was built against another libtorch, or from other sources of kdx',
    fix: '`kdx backend build torch`',
  },
  KDX_TORCH_COMPILER: {
    exit: 'failure',
    means: 'No compiler, or one too old for the C++ that libtorch needs',
    fix: 'install one, or set `CXX`',
  },
  KDX_TORCH_BUILD: {
    exit: 'failure',
    means: 'The bridge does not compile, or its folder cannot be written',
    fix: 'as the sentence says; `kdx backend build torch --verbose` shows all',
  },
  KDX_TORCH_LOAD: {
    exit: 'failure',
    means: 'The bridge does not load: a library or symbol is missing, or libtorch ends the process',
    fix: '`kdx backend build torch --force`, or another `KDX_LIBTORCH`',
  },
  KDX_TORCH_OPERATOR: {
    exit: 'failure',
    means: 'libtorch refused a call, or has not the operator',
    fix: 'libtorch 1.13 or newer; else please report it',
  },
  KDX_TORCH_OUT_OF_MEMORY: {
    exit: 'failure',
    means: 'Tensors would take more than the limit, or the device has no more',
    fix: 'a smaller `--batch` or model, or more by `KDX_TORCH_MEMORY`',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...TENSOR_ERRORS, ...BACKEND_TORCH_ERRORS });
