import type { BackendValues, DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';

/** What both sides of the copy must offer. */
interface CopyingBackend extends KernelBackend {
  write(values: BackendValues, shape: number[], dtype: DataType): object;
  readSync(dataId: object): BackendValues;
  disposeData(dataId: object, force?: boolean): boolean;
}

/** A kernel's inputs: tensors by name or, for kernels that take a list, tensors in a row or lists by name. */
export type HostInputs = Readonly<Record<string, TensorInfo | readonly TensorInfo[]>> | readonly TensorInfo[];

/**
 * Runs the kernel of TensorFlow.js's CPU back end on copies of the inputs. For what no model, loss or plugin uses: it
 * copies all data out of the back end and back into it.
 */
export function runOnHost(
  backend: KernelBackend,
  name: string,
  inputs: HostInputs,
  attrs: object,
): TensorInfo | TensorInfo[] {
  const device = backend as CopyingBackend;
  const host = tf.engine().findBackend('cpu') as CopyingBackend;
  const copies: TensorInfo[] = [];
  const copyIn = ({ dataId, shape, dtype }: TensorInfo): TensorInfo => {
    const copy = { dataId: host.write(device.readSync(dataId), shape, dtype), shape, dtype };
    copies.push(copy);
    return copy;
  };
  const copyAll = (input: TensorInfo | readonly TensorInfo[]) =>
    Array.isArray(input) ? input.map(copyIn) : copyIn(input as TensorInfo);
  const copyOut = ({ dataId, shape, dtype }: TensorInfo): TensorInfo => {
    const copy = { dataId: device.write(host.readSync(dataId), shape, dtype), shape, dtype };
    host.disposeData(dataId);
    return copy;
  };
  const run = tf.getKernel(name, 'cpu').kernelFunc as unknown as (args: object) => TensorInfo | TensorInfo[];
  try {
    const hostInputs = Array.isArray(inputs)
      ? inputs.map(copyIn)
      : Object.fromEntries(Object.entries(inputs).map(([key, input]) => [key, copyAll(input)]));
    const result = run({ inputs: hostInputs, backend: host, attrs });
    return Array.isArray(result) ? result.map(copyOut) : copyOut(result);
  } finally {
    for (const { dataId } of copies) host.disposeData(dataId);
  }
}
