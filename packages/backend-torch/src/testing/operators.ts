import * as tf from '@tensorflow/tfjs';
import type { Operators } from '../runtime/operators.js';
import type { TorchKernelBackend } from '../runtime/torch-kernel-backend.js';

const operators = (): Operators => (tf.backend() as TorchKernelBackend).operators;

/** Names of libtorch's operators that a computation on the torch back end calls. */
export function operatorsCalled(compute: () => unknown): Set<string> {
  const names = new Set<string>();
  const own = operators();
  const { call } = own;
  own.call = (name, ...args) => {
    names.add(name);
    return call.apply(own, [name, ...args]);
  };
  try {
    compute();
  } finally {
    own.call = call;
  }
  return names;
}

/** Runs `compute` as on a libtorch that lacks an operator. */
export async function withoutOperator(name: string, compute: () => Promise<void>): Promise<void> {
  await tf.setBackend('torch');
  const own = operators();
  const { has } = own;
  own.has = (asked) => asked !== name && has.call(own, asked);
  try {
    await compute();
  } finally {
    own.has = has;
  }
}
