import type { BackendValues, DataType, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { Bridge, Handle, HostArray, ScalarType } from '../libtorch/bridge.js';
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

/** What TensorFlow.js asks of a back end's data: tensors of libtorch, each under a data id. */
export abstract class TorchData extends tf.KernelBackend {
  readonly operators: Operators;
  /** -1: the CPU. n: CUDA device n. */
  device = -1;
  readonly #stored: tf.DataStorage<Stored>;
  #stamps = 0;
  readonly #description = new Int32Array(16);

  constructor(readonly bridge: Bridge) {
    super();
    this.operators = new Operators(bridge);
    this.#stored = new tf.DataStorage<Stored>(this, tf.engine());
  }

  /** The device as libtorch names it. */
  get deviceName(): string {
    return this.device < 0 ? 'cpu' : `cuda:${this.device}`;
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

  /** Notes that a tensor's values are about to change: what was made of the old ones goes. */
  protected change(stored: Stored): void {
    this.#forgetDerived(stored);
    stored.stamp = this.#stamps++;
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
