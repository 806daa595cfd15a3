import { type KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import type { WasmRuntime } from './wasm-runtime.js';

const MEBIBYTE = 2 ** 20;
const ADDRESSABLE_BYTES = 4096 * MEBIBYTE;
// Memory grows in steps, and the last one that fits may leave this much of the 4 GiB unused.
const ALMOST_FULL_BYTES = 3072 * MEBIBYTE;

const outOfMemory = (backend: WasmRuntime, wanted: string): KdxError =>
  kdxError(
    'KDX_BACKEND_MEMORY',
    `The wasm back end ran out of memory: ${wanted}, with ${Math.round(backend.wasm.HEAPU8.length / MEBIBYTE)} MiB ` +
      'in use, and WebAssembly can address no more than 4096 MiB; use a smaller --batch (with --set accumulate=2 the same number of images still makes a step), a smaller model, or --backend torch.',
  );

const guarded = new WeakSet<object>();

/**
 * Makes a failed allocation throw. Without it the compiled code hands out address 0 and later kernels overwrite
 * its static data. Idempotent per module instance.
 *
 * @throws from then on: KdxError `KDX_BACKEND_MEMORY` where a tensor or a kernel's scratch memory does not fit.
 */
export function guardMemory(backend: WasmRuntime): void {
  const { wasm } = backend;
  if (guarded.has(wasm)) return;
  guarded.add(wasm);
  // Not `wasm._malloc`: until its first call that is a stub, which puts the compiled function in its own place.
  const allocate = wasm.asm.malloc;
  wasm._malloc = (bytes) => {
    // The compiled function takes the number of bytes modulo 2³².
    const address = bytes < ADDRESSABLE_BYTES ? allocate(bytes) : 0;
    if (address === 0 && bytes > 0)
      throw outOfMemory(backend, `${Math.ceil(bytes / MEBIBYTE)} MiB were wanted`);
    return address;
  };
  // Compiled code that cannot allocate scratch memory aborts; the stock handler hides what happened.
  wasm.onAbort = (what) => {
    const reason = `a kernel aborted (${String(what) || 'no reason given'})`;
    if (backend.wasm.HEAPU8.length > ALMOST_FULL_BYTES) throw outOfMemory(backend, reason);
    throw kdxError(
      'KDX_BACKEND_ABORTED',
      `The wasm back end stopped: ${reason}, which is a kernel's way to refuse its arguments; ` +
        'the process must be restarted, and kdx run --backend … picks another back end.',
    );
  };
}
