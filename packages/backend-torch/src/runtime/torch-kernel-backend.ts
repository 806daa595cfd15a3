import type { TensorInfo } from '@tensorflow/tfjs';
import type { Handle } from '../libtorch/bridge.js';
import { SCALAR_TYPE } from './element-types.js';
import type { Operators } from './operators.js';
import { type Stored, TorchData } from './torch-data.js';

/**
 * A TensorFlow.js back end whose data are tensors of libtorch. Views share memory with what they view, so nothing
 * may write in place but what {@link TorchKernelBackend.ownHandle} or {@link TorchKernelBackend.isOnlyUser} allows.
 */
export class TorchKernelBackend extends TorchData {
  /** Products and convolutions are computed in bf16. */
  bf16 = false;
  /** Whether oneDNN's convolution was found to compute bf16 here: see try-bf16.ts. */
  hasBf16Convolution = false;

  /** Whether oneDNN's convolutions outrun the BLAS; see kernels/product.ts. */
  get hasFastConvolution(): boolean {
    const isHere = this.device < 0 && process.arch === 'x64' && this.bridge.hasOneDnn;
    return isHere && (!this.bf16 || this.hasBf16Convolution);
  }

  /**
   * A float tensor's data id, to be overwritten in place: in float32, and in memory of its own when a view shares what it
   * had. What was kept of the old values is forgotten.
   * @param like a tensor of that shape, to have each element where it has it
   */
  ownHandle({ dataId }: TensorInfo, like?: Handle): Handle {
    const stored = this.stored(dataId);
    this.change(stored);
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
    const { refCount, handle, derived } = this.stored(dataId);
    return refCount === 1 && derived.size === 0 && !this.bridge.isShared(handle);
  }

  /** Puts a tensor's memory in another order, `order` listing its axes from the outermost inwards. The values stay. */
  reorder({ dataId }: TensorInfo, order: readonly number[]): void {
    const stored = this.stored(dataId);
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
    const entries = inputs.map(({ dataId }) => this.stored(dataId));
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
}
