import * as tf from '@tensorflow/tfjs';
import { type BackendValues, type DataType, type TensorInfo } from '@tensorflow/tfjs';
import type { Bridge, Handle, HostArray } from '../libtorch/bridge.js';
import { DTYPE_OF, hostArray, isStorable, SCALAR_TYPE, toHostArray } from './element-types.js';
import { Operators } from './operators.js';

/** What TensorFlow.js knows data by. */
export type DataId = object;

/** One data id's tensor. */
export interface Stored {
  /** 0 for strings, which stay on the host. */
  handle: Handle;
  readonly dtype: DataType;
  readonly shape: readonly number[];
  refCount: number;
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
  /** Whether oneDNN's convolutions outrun the BLAS; see kernels/product.ts. */
  get hasFastConvolution(): boolean {
    return this.device < 0 && process.arch === 'x64' && this.bridge.hasOneDnn;
  }

  /** The device as libtorch names it. */
  get deviceName(): string {
    return this.device < 0 ? 'cpu' : `cuda:${this.device}`;
  }

  readonly #stored: tf.DataStorage<Stored>;
  #stamps = 0;

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
      this.#stored.set(id, this.#entry(0, dtype, shape, refCount, values as Uint8Array[]));
      return;
    }
    const handle =
      dtype === 'complex64'
        ? this.#complex(values, shape)
        : this.upload(toHostArray(values, dtype), shape, dtype);
    this.#stored.set(id, this.#entry(handle, dtype, shape, refCount));
  }

  /** A new tensor on the device, with a copy of the values. */
  upload(values: HostArray, shape: readonly number[], dtype: DataType): Handle {
    return this.bridge.fromHost(
      values,
      shape,
      dtype as 'float32' | 'int32' | 'bool' | 'complex64',
      this.device,
    );
  }

  #complex(values: BackendValues, shape: number[]): Handle {
    // TensorFlow.js passes zeros of a complex type as one array of real parts.
    const interleaved = new Float32Array(2 * sizeOf(shape));
    const given = values as Float32Array;
    if (given.length === interleaved.length) interleaved.set(given);
    else for (let i = 0; i < given.length; i++) interleaved[2 * i] = given[i] as number;
    return this.upload(interleaved, shape, 'complex64');
  }

  /** Takes a tensor of the bridge over under a new data id. Types that TensorFlow.js does not have are converted. */
  adopt(handle: Handle, dtype?: DataType): TensorInfo {
    const type = this.bridge.scalarType(handle);
    const stored = dtype ?? DTYPE_OF[type];
    const isRight = isStorable(type) && DTYPE_OF[type] === stored;
    const owned = isRight ? handle : this.#converted(handle, stored);
    const shape = this.bridge.shape(owned);
    const dataId = {};
    this.#stored.set(dataId, this.#entry(owned, stored, shape, 1));
    return { dataId, shape, dtype: stored };
  }

  #converted(handle: Handle, dtype: DataType): Handle {
    const converted = this.operators.call('to.dtype', handle, SCALAR_TYPE[dtype as 'float32']) as Handle;
    this.bridge.free(handle);
    return converted;
  }

  stored(id: DataId): Stored {
    return this.#stored.get(id);
  }

  /** The tensor of a data id; stays the back end's. */
  handle({ dataId }: TensorInfo): Handle {
    return this.#stored.get(dataId).handle;
  }

  /**
   * The tensor of a data id, to be overwritten in place: in float32, and in memory of its own when a view shares what it
   * had.
   * What was cached from the old values is forgotten.
   */
  ownHandle({ dataId }: TensorInfo): Handle {
    const stored = this.#stored.get(dataId);
    this.#forgetDerived(stored);
    stored.stamp = this.#stamps++;
    const isRounded = this.bridge.scalarType(stored.handle) === 'bf16';
    if (isRounded || this.bridge.isShared(stored.handle)) {
      const copy = isRounded
        ? (this.operators.call('to.dtype', stored.handle, SCALAR_TYPE.float32) as Handle)
        : (this.operators.call('clone', stored.handle) as Handle);
      this.bridge.free(stored.handle);
      stored.handle = copy;
    }
    return stored.handle;
  }

  /** Puts a tensor's memory in another order, `order` listing its axes from the outermost inwards. The values stay. */
  reorder({ dataId }: TensorInfo, order: readonly number[]): void {
    const stored = this.#stored.get(dataId);
    const ordered = this.operators.call('permute', stored.handle, order) as Handle;
    const dense = this.operators.call('contiguous', ordered) as Handle;
    const back = order.map((_, axis) => order.indexOf(axis));
    const handle = this.operators.call('permute', dense, back) as Handle;
    for (const old of [ordered, dense, stored.handle]) this.bridge.free(old);
    stored.handle = handle;
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
    strings?: Uint8Array[],
  ): Stored {
    return { handle, dtype, shape, refCount, stamp: this.#stamps++, derived: new Map(), strings };
  }

  override readSync(id: DataId): BackendValues {
    const { handle, dtype, shape, strings } = this.#stored.get(id);
    if (strings) return strings;
    const values = hostArray(dtype, sizeOf(shape));
    this.bridge.toHost(handle, values);
    return values;
  }

  override async read(id: DataId): Promise<BackendValues> {
    if (this.device < 0) return this.readSync(id);
    const { handle, dtype, shape, strings } = this.#stored.get(id);
    if (strings) return strings;
    const values = hostArray(dtype, sizeOf(shape));
    await this.bridge.toHostAsync(handle, values);
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
