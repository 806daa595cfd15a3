import { type HostInputs, runOnHost } from '@kdx/tensor';
import type { DataType, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import type { Argument, Handle, HostArray, ScalarType } from '../libtorch/bridge.js';
import { SCALAR_TYPE } from './element-types.js';
import type { OperatorName } from './operators.js';
import type { TorchKernelBackend } from './torch-kernel-backend.js';

/** What a kernel gives back: a tensor of the scope or of an input, with its type where libtorch's would not do. */
export type KernelResult = Handle | { readonly handle: Handle; readonly dtype: DataType };

/** The tensors that one kernel makes: all but its results are freed when it ends. */
export class KernelScope {
  readonly #made = new Set<Handle>();

  constructor(readonly backend: TorchKernelBackend) {}

  /** The tensor of an input. */
  of(input: TensorInfo): Handle {
    return this.backend.handle(input);
  }

  /** Whether this libtorch has an operator. */
  has(name: OperatorName): boolean {
    return this.backend.operators.has(name);
  }

  /** Calls an operator that gives one tensor. */
  call(name: OperatorName, ...args: Argument[]): Handle {
    const result = this.backend.operators.call(name, ...args) as Handle;
    if (result !== 0) this.#made.add(result);
    return result;
  }

  /** Calls an operator that gives several tensors, or a list; 0 where it gives none. */
  callMany(name: OperatorName, ...args: Argument[]): Handle[] {
    const results = this.backend.operators.call(name, ...args) as Handle[];
    for (const result of results) if (result !== 0) this.#made.add(result);
    return results;
  }

  /** Calls an operator for what it does to its arguments. */
  run(name: OperatorName, ...args: Argument[]): void {
    const results = this.backend.operators.call(name, ...args) as Handle | Handle[] | undefined;
    for (const result of [results ?? []].flat()) if (result !== 0) this.#made.add(result);
  }

  /** A copy of the host's values, on the device. */
  upload(values: HostArray, shape: readonly number[], dtype: DataType): Handle {
    const handle = this.backend.upload(values, shape, dtype);
    this.#made.add(handle);
    return handle;
  }

  /** An input's values on the host. For indices and sizes; never for data: it waits for the device. */
  read(input: TensorInfo): HostArray {
    return this.backend.readSync(input.dataId) as HostArray;
  }

  /**
   * What `make` makes of the inputs' values, kept with the first of them until one of them changes: for what many calls
   * make of a model's parameters.
   */
  derive(
    purpose: string,
    inputs: readonly TensorInfo[],
    make: (scope: KernelScope) => readonly Handle[],
  ): readonly Handle[] {
    return this.backend.derive(purpose, inputs, () => {
      const scope = new KernelScope(this.backend);
      try {
        return scope.release(make(scope));
      } finally {
        scope.abandon();
      }
    });
  }

  /** The tensor in a type: the very one where it has it. */
  to(tensor: Handle, type: ScalarType): Handle {
    if (this.backend.typeOf(tensor) === type) return tensor;
    return this.call('to.dtype', tensor, SCALAR_TYPE[type]);
  }

  /** The tensor with each element where another of its shape and type has it: the very one where it has them so. */
  laidOutAs(tensor: Handle, like: Handle): Handle {
    if (this.backend.bridge.isLaidOutAs(tensor, like)) return tensor;
    const copy = this.backend.laidOutAs(tensor, like);
    this.#made.add(copy);
    return copy;
  }

  /** Hands results over to the caller. */
  release(results: readonly Handle[]): readonly Handle[] {
    return results.map((handle) => (this.#made.delete(handle) ? handle : this.backend.bridge.alias(handle)));
  }

  /** Ends the scope: the results become tensors of TensorFlow.js, everything else goes. */
  close(results: readonly KernelResult[]): TensorInfo[] {
    const infos: TensorInfo[] = [];
    try {
      for (const result of results) {
        const { handle, dtype } = typeof result === 'number' ? { handle: result, dtype: undefined } : result;
        const owned = this.#made.delete(handle) ? handle : this.backend.bridge.alias(handle);
        infos.push(this.backend.adopt(owned, dtype));
      }
      return infos;
    } catch (error) {
      for (const { dataId } of infos) this.backend.disposeData(dataId);
      throw error;
    } finally {
      this.abandon();
    }
  }

  /** Frees everything made here. */
  abandon(): void {
    for (const handle of this.#made) this.backend.bridge.free(handle);
    this.#made.clear();
  }
}

/** A kernel of TensorFlow.js on libtorch. */
export interface KernelDefinition {
  readonly name: string;
  readonly run: (
    inputs: Readonly<Record<string, TensorInfo>>,
    attrs: Readonly<Record<string, unknown>>,
    scope: KernelScope,
  ) => KernelResult | readonly KernelResult[];
}

/** Declares a kernel. `Inputs` and `Attributes` are TensorFlow.js's own interfaces of that kernel. */
export const kernel = <Inputs, Attributes = object>(
  name: string,
  run: (inputs: Inputs, attrs: Attributes, scope: KernelScope) => KernelResult | readonly KernelResult[],
): KernelDefinition => ({ name, run: run as unknown as KernelDefinition['run'] });

/** Whether a kernel is to read or to make strings, which libtorch does not have. */
const isOfStrings = (inputs: tf.NamedTensorInfoMap, attrs?: tf.NamedAttrMap): boolean =>
  attrs?.dtype === 'string' || Object.values(inputs).some((input) => input?.dtype === 'string');

/** Registers a kernel for the back end `torch`, in the place of one of that name. Strings go to the CPU back end's. */
export function register({ name, run }: KernelDefinition): void {
  if (tf.getKernel(name, 'torch')) tf.unregisterKernel(name, 'torch');
  tf.registerKernel({
    kernelName: name,
    backendName: 'torch',
    kernelFunc: ({ inputs, attrs, backend }) => {
      if (isOfStrings(inputs, attrs)) {
        return runOnHost(backend as TorchKernelBackend, name, inputs as HostInputs, attrs ?? {});
      }
      const scope = new KernelScope(backend as TorchKernelBackend);
      try {
        const result = run(inputs as never, (attrs ?? {}) as never, scope);
        if (Array.isArray(result)) return scope.close(result as readonly KernelResult[]);
        return scope.close([result as KernelResult])[0] as TensorInfo;
      } catch (error) {
        scope.abandon();
        throw error;
      }
    },
  });
}
