import { type ErrorTable, errorMaker, TENSOR_ERRORS } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const BACKEND_WASM_ERRORS = {
  KDX_BACKEND_MEMORY: {
    exit: 'failure',
    means: "WebAssembly's 4 GiB are used up",
    fix: 'a smaller `--batch`, with `--set accumulate=2` for the same images a step; a smaller model; `--backend torch`',
  },
  KDX_BACKEND_ABORTED: {
    exit: 'failure',
    means: 'The wasm back end stopped inside a kernel',
    fix: 'start again; `--backend` picks another; please report it',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...TENSOR_ERRORS, ...BACKEND_WASM_ERRORS });
