import type { WasmRuntime } from './wasm-runtime.js';

/** Runs `use` with scratch memory of `bytes`, freed afterwards. Its contents are undefined. */
export function withScratch<T>(backend: WasmRuntime, bytes: number, use: (address: number) => T): T {
  const address = backend.wasm._malloc(bytes) >>> 0;
  try {
    return use(address);
  } finally {
    backend.wasm._free(address);
  }
}

/** Sets `size` float32 at an address to zero. */
export function clearFloats(backend: WasmRuntime, address: number, size: number): void {
  backend.wasm.HEAPU8.fill(0, address, address + size * Float32Array.BYTES_PER_ELEMENT);
}
