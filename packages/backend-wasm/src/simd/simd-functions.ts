import type { WasmRuntime } from '../runtime/wasm-runtime.js';
import { BROADCAST } from './broadcast-code.js';
import { ELEMENTWISE } from './elementwise-code.js';
import { GEMM } from './gemm-code.js';
import { encodeModule } from './module-encoder.js';
import { MULTIPLY_ADD_ROWS } from './row-code.js';
import { TRANSPOSE } from './transpose-code.js';

/** The functions of this package's own WebAssembly module; see the code that generates each. Addresses in bytes. */
export interface SimdFunctions {
  gemm(
    a: number,
    aRow: number,
    aStep: number,
    b: number,
    bStep: number,
    out: number,
    outRow: number,
    m: number,
    k: number,
    n: number,
  ): void;
  multiplyAddRows(
    out: number,
    outStep: number,
    a: number,
    aStep: number,
    b: number,
    bStep: number,
    count: number,
    columns: number,
  ): void;
  transpose(x: number, xRow: number, out: number, outRow: number, rows: number, columns: number): void;
  addRow(out: number, a: number, row: number, rows: number, columns: number): void;
  subtractRow(out: number, a: number, row: number, rows: number, columns: number): void;
  multiplyRow(out: number, a: number, row: number, rows: number, columns: number): void;
  divideRow(out: number, a: number, row: number, rows: number, columns: number): void;
  exp(x: number, out: number, size: number): void;
  erf(x: number, out: number, size: number): void;
  tanh(x: number, out: number, size: number): void;
}

const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object, imports: object) => { readonly exports: object };
  };
};

let compiled: object | undefined;
const instances = new WeakMap<object, SimdFunctions>();

/** The SIMD functions working on a back end's memory; instantiated once for each instance of that back end. */
export function simdFunctions({ wasm }: WasmRuntime): SimdFunctions {
  let functions = instances.get(wasm);
  if (functions === undefined) {
    compiled ??= new WebAssembly.Module(
      encodeModule([GEMM, MULTIPLY_ADD_ROWS, TRANSPOSE, ...BROADCAST, ...ELEMENTWISE]),
    );
    const instance = new WebAssembly.Instance(compiled, { env: { memory: wasm.asm.memory } });
    functions = instance.exports as SimdFunctions;
    instances.set(wasm, functions);
  }
  return functions;
}
