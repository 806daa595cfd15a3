import type { BackendValues, DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { defineKernel, type Inputs, type KernelDefinition } from '../runtime/kernel.js';
import type { WasmRuntime } from '../runtime/wasm-runtime.js';

/** The CPU back end that `@tensorflow/tfjs` brings along. */
interface HostBackend extends KernelBackend {
  write(values: BackendValues, shape: number[], dtype: DataType): object;
  readSync(dataId: object): BackendValues;
  disposeData(dataId: object, force?: boolean): boolean;
}

/**
 * Runs the CPU back end's kernel on copies of the inputs. For what no model, loss or plugin uses: it copies all
 * data out of and back into WebAssembly.
 */
export function runOnHost(backend: WasmRuntime, name: string, inputs: Inputs, attrs: object): TensorInfo[] {
  const host = tf.engine().findBackend('cpu') as HostBackend;
  const copies: TensorInfo[] = [];
  const copyIn = ({ dataId, shape, dtype }: TensorInfo): TensorInfo => {
    const copy = { dataId: host.write(backend.readSync(dataId), shape, dtype), shape, dtype };
    copies.push(copy);
    return copy;
  };
  // The ragged kernels take lists of tensors.
  const hostInputs = Object.entries(inputs as Record<string, TensorInfo | TensorInfo[]>).map(
    ([key, input]) => [key, Array.isArray(input) ? input.map(copyIn) : copyIn(input)],
  );
  const run = tf.getKernel(name, 'cpu').kernelFunc as unknown as (args: object) => TensorInfo | TensorInfo[];
  try {
    return [run({ inputs: Object.fromEntries(hostInputs), backend: host, attrs })].flat().map((result) => {
      const { dataId, shape, dtype } = result;
      const copy = { dataId: backend.write(host.readSync(dataId), shape, dtype), shape, dtype };
      host.disposeData(dataId);
      return copy;
    });
  } finally {
    for (const { dataId } of copies) host.disposeData(dataId);
  }
}

/** Kernels that the stock back end lacks and that run on the host only. */
const HOST_ONLY = ['RaggedGather', 'RaggedRange', 'RaggedTensorToTensor', 'StaticRegexReplace'];

/** Kernels that are compiled for numbers only, and run on the host for strings. */
const HOST_FOR_STRINGS = [
  'Equal',
  'Fill',
  'Greater',
  'GreaterEqual',
  'Less',
  'LessEqual',
  'NotEqual',
  'SparseToDense',
];

const single = (results: TensorInfo[]): TensorInfo | TensorInfo[] =>
  results.length === 1 ? results[0] : results;

export const HOST_KERNELS: readonly KernelDefinition[] = [
  ...HOST_ONLY.map((name) =>
    defineKernel(
      name,
      () =>
        ({ inputs, backend, attrs }) =>
          single(runOnHost(backend, name, inputs, attrs)),
    ),
  ),
  ...HOST_FOR_STRINGS.map((name) =>
    defineKernel(name, (stock) => (args) => {
      const value = (args.attrs as { value?: unknown } | undefined)?.value;
      const strings =
        typeof value === 'string' || Object.values(args.inputs).some(({ dtype }) => dtype === 'string');
      return strings ? single(runOnHost(args.backend, name, args.inputs, args.attrs)) : stock(args);
    }),
  ),
];
