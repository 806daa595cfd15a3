import type { TensorInfo } from '@tensorflow/tfjs';
import { backend_util, type Tensor, util } from '@tensorflow/tfjs';
import { withShape } from '../runtime/arrays.js';
import { callKernel, defineKernel } from '../runtime/kernel.js';
import type { WasmRuntime } from '../runtime/wasm-runtime.js';
import { batchMatMul } from './batch-mat-mul.js';

/** A tensor whose axes carry the equation's labels; `temporary` ones are ours to dispose of. */
interface Labelled {
  readonly info: TensorInfo;
  readonly labels: readonly number[];
  readonly temporary: boolean;
}

function dispose(backend: WasmRuntime, { info, temporary }: Labelled): void {
  if (temporary) backend.disposeData(info.dataId);
}

/** Sums over the axes with these labels. */
function sumOver(backend: WasmRuntime, x: Labelled, summed: readonly number[]): Labelled {
  const axis = x.labels.flatMap((label, i) => (summed.includes(label) ? [i] : []));
  if (axis.length === 0) return x;
  const info = callKernel(backend, 'Sum', { x: x.info }, { axis, keepDims: false });
  dispose(backend, x);
  return { info, labels: x.labels.filter((label) => !summed.includes(label)), temporary: true };
}

/** Reorders the axes. */
function arrange(backend: WasmRuntime, x: Labelled, labels: readonly number[]): Labelled {
  const perm = labels.map((label) => x.labels.indexOf(label));
  const info = callKernel(backend, 'Transpose', { x: x.info }, { perm });
  dispose(backend, x);
  return { info, labels, temporary: true };
}

/** Sums the products over the labels that both have and that are `summed`: one batched matrix product. */
function contract(backend: WasmRuntime, a: Labelled, b: Labelled, summed: readonly number[]): Labelled {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => !summed.includes(label));
  const inner = shared.filter((label) => summed.includes(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const sizes = new Map(
    [a, b].flatMap(({ info, labels }) => labels.map((label, i) => [label, info.shape[i]])),
  );
  const shapeOf = (labels: readonly number[]): number[] => labels.map((label) => sizes.get(label)!);
  const sizeOf = (labels: readonly number[]): number => util.sizeFromShape(shapeOf(labels));

  const left = arrange(backend, a, [...batch, ...rows, ...inner]);
  const right = arrange(backend, b, [...batch, ...inner, ...columns]);
  const product = batchMatMul(
    backend,
    withShape(left.info, [sizeOf(batch), sizeOf(rows), sizeOf(inner)]),
    withShape(right.info, [sizeOf(batch), sizeOf(inner), sizeOf(columns)]),
    { transposeA: false, transposeB: false },
  );
  dispose(backend, left);
  dispose(backend, right);
  const labels = [...batch, ...rows, ...columns];
  return { info: withShape(product, shapeOf(labels)), labels, temporary: true };
}

/** Stock has none. */
export const einsumKernel = defineKernel<{ readonly equation: string }>(
  'Einsum',
  () =>
    ({ inputs, backend, attrs }) => {
      const tensors = Object.values(inputs);
      const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(
        attrs.equation,
        tensors.length,
      );
      backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors as Tensor[]);
      const operands = tensors.map((info, i): Labelled => ({ info, labels: idDims[i], temporary: false }));
      const onlyIn = (i: number): number[] =>
        summedDims.filter((label) => operands.every(({ labels }, j) => labels.includes(label) === (i === j)));
      const reduced = operands.map((operand, i) => sumOver(backend, operand, onlyIn(i)));
      const result =
        reduced.length === 1 ? reduced[0] : contract(backend, reduced[0], reduced[1], summedDims);
      // The equation's labels are numbered in the order of the output's axes.
      return arrange(
        backend,
        result,
        [...result.labels].sort((p, q) => p - q),
      ).info;
    },
);
