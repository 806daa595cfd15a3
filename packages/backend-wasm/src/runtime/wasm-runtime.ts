import type { BackendValues, DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs';

/** A function exported by the compiled kernels; addresses and ids are numbers. */
export type RawFunction = (...args: number[]) => number;

/** The parts of the Emscripten module that kernels here use. Views are replaced whenever memory grows. */
export interface WasmModule {
  readonly HEAPU8: Uint8Array;
  readonly HEAP32: Int32Array;
  readonly HEAPF32: Float32Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  onAbort?: (what: unknown) => void;
  cwrap(name: string, result: null, args: readonly 'number'[]): RawFunction;
  readonly asm: { readonly memory: WebAssemblyMemory; malloc(bytes: number): number };
  readonly tfjs: {
    registerTensor(id: number, size: number, address: number): void;
    disposeData(id: number): void;
  };
}

/** A memory that a second WebAssembly module may import; the DOM library, which declares it, is not in use here. */
export interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
}

/** What `@tensorflow/tfjs-backend-wasm` keeps for each tensor. */
export interface WasmTensorData {
  readonly id: number;
  readonly memoryOffset: number;
  readonly dtype: DataType;
}

/** The instance that `@tensorflow/tfjs-backend-wasm` registers, as its kernels see it. */
export interface WasmRuntime extends KernelBackend {
  readonly wasm: WasmModule;
  readonly dataIdMap: { get(dataId: object): WasmTensorData };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  readSync(dataId: object): BackendValues;
  write(values: BackendValues, shape: number[], dtype: DataType): object;
  disposeData(dataId: object, force?: boolean): boolean;
  incRef(dataId: object): void;
}

/** Address in bytes of a tensor's first element. */
export const addressOf = (backend: WasmRuntime, { dataId }: TensorInfo): number =>
  backend.dataIdMap.get(dataId).memoryOffset;

/** The id under which the compiled kernels know a tensor. */
export const rawId = (backend: WasmRuntime, { dataId }: TensorInfo): number =>
  backend.dataIdMap.get(dataId).id;

const rawFunctions = new WeakMap<object, Map<string, RawFunction>>();

/**
 * An exported function of the compiled kernels.
 *
 * Kept per module instance, because the engine makes a new one after `tf.engine().reset()`.
 */
export function rawFunction(backend: WasmRuntime, name: string, arity: number): RawFunction {
  let functions = rawFunctions.get(backend.wasm);
  if (functions === undefined) {
    functions = new Map();
    rawFunctions.set(backend.wasm, functions);
  }
  let found = functions.get(name);
  if (found === undefined) {
    found = backend.wasm.cwrap(name, null, Array<'number'>(arity).fill('number'));
    functions.set(name, found);
  }
  return found;
}
