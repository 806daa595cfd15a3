import * as tf from '@tensorflow/tfjs';
import { type BackendValues, type DataType, type TensorInfo } from '@tensorflow/tfjs';
import type { Bridge, Handle, HostArray, ScalarType } from '../libtorch/bridge.js';
import { vectorInstructions } from '../libtorch/processor.js';
import { DTYPE_OF, hostArray, isStorable, SCALAR_TYPE, TYPE_NUMBERED, toHostArray } from './element-types.js';
import { asKdxError, Operators } from './operators.js';

/** What TensorFlow.js knows data by. */
export type DataId = object;

/** One data id's tensor. */
export interface Stored {
  /** 0 for strings, which stay on the host. */
  handle: Handle;
  /** What the tensor is stored as. */
  type: ScalarType;
  readonly dtype: DataType;
  readonly shape: readonly number[];
  refCount: number;
  /** The order of axes that the memory was put in; undefined where nobody asked for one. */
  order?: readonly number[];
  /** Another number for other values: a tensor's own, and a new one at each change in place. */
  stamp: number;
  /** What was made from the values and is kept with them, by what it is for. */
  readonly derived: Map<string, Derived>;
  readonly strings?: Uint8Array[];
}

interface Derived {
  readonly handles: readonly Handle[];
  /** Stamps of all that it was made from. */
  readonly stamps: string;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/**
 * A TensorFlow.js back end whose data are tensors of libtorch. Views share memory with what they view, so nothing
 * may write in place but {@link TorchKernelBackend.ownHandle}'s callers.
 */
export class TorchKernelBackend extends tf.KernelBackend {
  readonly operators: Operators;
  /** Products and convolutions are computed in bf16. */
  bf16 = false;
  /** -1: the CPU. n: CUDA device n. */
  device = -1;
  /** Whether oneDNN's convolutions outrun the BLAS; see kernels/product.ts. In bf16 they need AVX-512. */
  get hasFastConvolution(): boolean {
    const isHere = this.device < 0 && process.arch === 'x64' && this.bridge.hasOneDnn;
    return isHere && (!this.bf16 || this.#hasAvx512);
  }

  /** The device as libtorch names it. */
  get deviceName(): string {
    return this.device < 0 ? 'cpu' : `cuda:${this.device}`;
  }

  readonly #stored: tf.DataStorage<Stored>;
  #stamps = 0;
  readonly #description = new Int32Array(16);
  readonly #hasAvx512 = vectorInstructions().includes('avx512f');

  constructor(readonly bridge: Bridge) {
    super();
    this.operators = new Operators(bridge);
    this.#stored = new tf.DataStorage<Stored>(this, tf.engine());
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const id = {};
    this.move(id, values, shape, dtype, 1);
    return id;
  }

  override move(id: DataId, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    if (dtype === 'string') {
      this.#stored.set(id, this.#entry(0, dtype, shape, refCount, undefined, values as Uint8Array[]));
      return;
    }
    const handle =
      dtype === 'complex64'
        ? this.#complex(values, shape)
        : this.upload(toHostArray(values, dtype), shape, dtype);
    this.#stored.set(id, this.#entry(handle, dtype, shape, refCount));
  }

  /**
   * A new tensor on the device, with a copy of the values.
   * @throws KdxError `KDX_TORCH_OUT_OF_MEMORY`
   */
  upload(values: HostArray, shape: readonly number[], dtype: DataType): Handle {
    const type = dtype as 'float32' | 'int32' | 'bool' | 'complex64';
    try {
      return this.bridge.fromHost(values, shape, type, this.device);
    } catch (error) {
      throw asKdxError(error);
    }
  }

  #complex(values: BackendValues, shape: number[]): Handle {
    // TensorFlow.js passes zeros of a complex type as one array of real parts.
    const interleaved = new Float32Array(2 * sizeOf(shape));
    const given = values as Float32Array;
    if (given.length === interleaved.length) interleaved.set(given);
    else for (let i = 0; i < given.length; i++) interleaved[2 * i] = given[i] as number;
    return this.upload(interleaved, shape, 'complex64');
  }

  /**
   * Takes a tensor of the bridge over under a new data id. Types that TensorFlow.js does not have are converted. It is
   * freed where that fails.
   */
  adopt(handle: Handle, dtype?: DataType): TensorInfo {
    const shape = this.shape(handle);
    const type = this.#describedType();
    const stored = dtype ?? DTYPE_OF[type];
    const isRight = isStorable(type) && DTYPE_OF[type] === stored;
    const owned = isRight ? handle : this.#converted(handle, stored);
    const dataId = {};
    this.#stored.set(dataId, this.#entry(owned, stored, shape, 1, isRight ? type : undefined));
    return { dataId, shape, dtype: stored };
  }

  /** Sizes of a tensor of the bridge. */
  shape(handle: Handle): number[] {
    const rank = this.bridge.describe(handle, this.#description);
    return Array.from(this.#description.subarray(1, 1 + rank));
  }

  /** Element type of a tensor of the bridge. */
  typeOf(handle: Handle): ScalarType {
    this.bridge.describe(handle, this.#description);
    return this.#describedType();
  }

  #describedType(): ScalarType {
    const type = TYPE_NUMBERED.get(this.#description[0] as number);
    if (type === undefined) throw new Error(`libtorch gave a tensor of its type ${this.#description[0]}`);
    return type;
  }

  #converted(handle: Handle, dtype: DataType): Handle {
    try {
      return this.operators.call('to.dtype', handle, SCALAR_TYPE[dtype as 'float32']) as Handle;
    } finally {
      this.bridge.free(handle);
    }
  }

  stored(id: DataId): Stored {
    return this.#stored.get(id);
  }

  /** The tensor of a data id; stays the back end's. */
  handle({ dataId }: TensorInfo): Handle {
    return this.#stored.get(dataId).handle;
  }

  /**
   * A float tensor's data id, to be overwritten in place: in float32, and in memory of its own when a view shares what it
   * had. What was kept of the old values is forgotten.
   * @param like a tensor of that shape, to have each element where it has it
   */
  ownHandle({ dataId }: TensorInfo, like?: Handle): Handle {
    const stored = this.#stored.get(dataId);
    this.#forgetDerived(stored);
    stored.stamp = this.#stamps++;
    if (like !== undefined && !this.bridge.isLaidOutAs(stored.handle, like)) {
      this.#replace(stored, this.laidOutAs(stored.handle, like));
    } else if (stored.type === 'bf16') {
      this.#replace(stored, this.operators.call('to.dtype', stored.handle, SCALAR_TYPE.float32) as Handle);
    } else if (this.bridge.isShared(stored.handle)) {
      this.#replace(stored, this.operators.call('clone', stored.handle) as Handle);
    }
    stored.type = 'float32';
    return stored.handle;
  }

  /** A copy of a tensor in the type of another of its shape, with each element where that has it. */
  laidOutAs(tensor: Handle, like: Handle): Handle {
    const copy = this.operators.call('empty_like', like) as Handle;
    try {
      this.bridge.free(this.operators.call('copy_', copy, tensor) as Handle);
    } catch (error) {
      this.bridge.free(copy);
      throw error;
    }
    return copy;
  }

  #replace(stored: Stored, handle: Handle): void {
    this.bridge.free(stored.handle);
    stored.handle = handle;
  }

  /** Whether nothing else refers to a tensor's memory, so that its values may be given up. */
  isOnlyUser({ dataId }: TensorInfo): boolean {
    const { refCount, handle, derived } = this.#stored.get(dataId);
    return refCount === 1 && derived.size === 0 && !this.bridge.isShared(handle);
  }

  /** Puts a tensor's memory in another order, `order` listing its axes from the outermost inwards. The values stay. */
  reorder({ dataId }: TensorInfo, order: readonly number[]): void {
    const stored = this.#stored.get(dataId);
    if (stored.order === order) return;
    const back = order.map((_, axis) => order.indexOf(axis));
    const made: Handle[] = [];
    const view = (name: string, ...args: Parameters<Operators['call']>[1][]): Handle => {
      const handle = this.operators.call(name, ...args) as Handle;
      made.push(handle);
      return handle;
    };
    try {
      const dense = view('contiguous', view('permute', stored.handle, order));
      this.#replace(stored, this.operators.call('permute', dense, back) as Handle);
      stored.order = order;
    } finally {
      for (const handle of made) this.bridge.free(handle);
    }
  }

  /**
   * What `make` makes of the values of `inputs`, kept with the first of them and made anew when one of them changed.
   * The handles stay the back end's.
   */
  derive(purpose: string, inputs: readonly TensorInfo[], make: () => readonly Handle[]): readonly Handle[] {
    const entries = inputs.map(({ dataId }) => this.#stored.get(dataId));
    const { derived } = entries[0] as Stored;
    const stamps = entries.map(({ stamp }) => stamp).join();
    const known = derived.get(purpose);
    if (known?.stamps === stamps) return known.handles;
    for (const handle of known?.handles ?? []) this.bridge.free(handle);
    derived.delete(purpose);
    const handles = make();
    derived.set(purpose, { handles, stamps });
    return handles;
  }

  #forgetDerived({ derived }: Stored): void {
    for (const { handles } of derived.values()) for (const handle of handles) this.bridge.free(handle);
    derived.clear();
  }

  #entry(
    handle: Handle,
    dtype: DataType,
    shape: readonly number[],
    refCount: number,
    type = dtype as ScalarType,
    strings?: Uint8Array[],
  ): Stored {
    return { handle, type, dtype, shape, refCount, stamp: this.#stamps++, derived: new Map(), strings };
  }

  override readSync(id: DataId): BackendValues {
    const { handle, dtype, shape, strings } = this.#stored.get(id);
    if (strings) return strings;
    const values = hostArray(dtype, sizeOf(shape));
    try {
      this.bridge.toHost(handle, values);
    } catch (error) {
      throw asKdxError(error);
    }
    return values;
  }

  override async read(id: DataId): Promise<BackendValues> {
    if (this.device < 0) return this.readSync(id);
    const { handle, dtype, shape, strings } = this.#stored.get(id);
    if (strings) return strings;
    const values = hostArray(dtype, sizeOf(shape));
    await this.bridge.toHostAsync(handle, values).catch((error) => {
      throw asKdxError(error);
    });
    return values;
  }

  override numDataIds(): number {
    return this.#stored.numDataIds();
  }

  override refCount(id: DataId): number {
    return this.#stored.has(id) ? this.#stored.get(id).refCount : 0;
  }

  override incRef(id: DataId): void {
    this.#stored.get(id).refCount++;
  }

  decRef(id: DataId): void {
    if (this.#stored.has(id)) this.#stored.get(id).refCount--;
  }

  override disposeData(id: DataId, force = false): boolean {
    if (!this.#stored.has(id)) return true;
    const stored = this.#stored.get(id);
    stored.refCount--;
    if (!force && stored.refCount > 0) return false;
    if (stored.handle) this.bridge.free(stored.handle);
    this.#forgetDerived(stored);
    this.#stored.delete(id);
    return true;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return true;
  }

  override async time(run: () => void): Promise<{ kernelMs: number }> {
    const start = performance.now();
    run();
    return { kernelMs: performance.now() - start };
  }

  override dispose(): void {}
}
