import { runOnHost } from '@kdx/tensor';
import { defineKernel, type KernelDefinition } from '../runtime/kernel.js';

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

export const HOST_KERNELS: readonly KernelDefinition[] = [
  ...HOST_ONLY.map((name) =>
    defineKernel(
      name,
      () =>
        ({ inputs, backend, attrs }) =>
          runOnHost(backend, name, inputs, attrs),
    ),
  ),
  ...HOST_FOR_STRINGS.map((name) =>
    defineKernel(name, (stock) => (args) => {
      const value = (args.attrs as { value?: unknown } | undefined)?.value;
      const strings =
        typeof value === 'string' || Object.values(args.inputs).some(({ dtype }) => dtype === 'string');
      return strings ? runOnHost(args.backend, name, args.inputs, args.attrs) : stock(args);
    }),
  ),
];
