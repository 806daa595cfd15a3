/** Names a tensor that the bridge holds. Never 0 for a tensor; 0 stands for an absent one. */
export type Handle = number;

/** Names an operator that the bridge found. */
export type OperatorIndex = number;

/** An argument of an operator, converted by the operator's own schema. `undefined`: the schema's default. */
export type Argument = Handle | boolean | string | null | undefined | readonly (number | boolean | null)[];

export type HostArray = Float32Array | Int32Array | Uint8Array;

/** The element types that cross the bridge by name. */
export type ScalarType = 'float32' | 'int32' | 'bool' | 'bf16' | 'int64' | 'complex64' | 'float64' | 'uint8';

export interface MemoryFigures {
  /** Bytes that live tensors take on the host. */
  readonly live: number;
  /** Bytes taken from the system for tensors, live or kept for reuse. */
  readonly reserved: number;
  /** The highest `live` since the last call of `resetPeak`. */
  readonly peak: number;
  /** Tensors held. */
  readonly tensors: number;
}

/**
 * What `native/bridge.cc` exports: libtorch's dispatcher behind integer handles. Whatever libtorch throws becomes an
 * `Error` whose message begins with the operator's name; running out of memory has `code` `KDX_TORCH_OUT_OF_MEMORY`.
 */
export interface Bridge {
  /** `1.13.0` or `2.15.0`: the version of the headers it was built with. */
  readonly builtWith: string;
  /** Whether libtorch was built with oneDNN. */
  readonly hasOneDnn: boolean;
  /** Number of CUDA devices that this libtorch can use. */
  cudaDevices(): number;
  /** The operator's schema as libtorch prints it, or undefined where it has none of that name and overload. */
  schema(name: string, overload: string): string | undefined;
  find(name: string, overload: string): OperatorIndex | undefined;
  /** Result handles: one tensor, a list, or a number; several results come as an array. */
  call(operator: OperatorIndex, ...args: Argument[]): Handle | Handle[];
  /** Copies a host array into a new tensor of that type and shape on a device (-1: the CPU, n: CUDA device n). */
  fromHost(values: HostArray, shape: readonly number[], type: ScalarType, device: number): Handle;
  /** Copies a tensor of any type, strides and device into a host array of as many elements. */
  toHost(tensor: Handle, into: HostArray): void;
  /** As `toHost`, waiting on a thread of Node's pool: the event loop goes on while a CUDA device finishes. */
  toHostAsync(tensor: Handle, into: HostArray): Promise<void>;
  /** Forgets a handle. The memory goes when no other tensor views it. */
  free(tensor: Handle): void;
  /** A second handle of the same tensor. */
  alias(tensor: Handle): Handle;
  /** Writes libtorch's number of the element type, then the sizes, into an array; returns the number of axes. */
  describe(tensor: Handle, into: Int32Array): number;
  /** Whether another tensor views the same memory. */
  isShared(tensor: Handle): boolean;
  /** Whether a tensor fills its memory without gaps, each element where the other tensor of that shape has it. */
  isLaidOutAs(tensor: Handle, other: Handle): boolean;
  setThreads(threads: number): number;
  threads(): number;
  seed(seed: number): void;
  memory(): MemoryFigures;
  resetPeak(): void;
  /** Host memory that tensors may take in all; beyond it a call fails with `KDX_TORCH_OUT_OF_MEMORY`. */
  setMemoryLimit(bytes: number): void;
}
