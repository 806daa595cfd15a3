import { type Model } from '@kdx/core';
import { exportState, keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';

/** Gives every parameter and buffer random values, so that no γ is 1, no bias 0 and no mean 0. Variances stay > 0. */
export function randomise(model: Model, scale = 0.5): void {
  for (const [name, { variable }] of [...model.parameters, ...model.buffers]) {
    const rng = keyedRng(11, name);
    const positive = name.endsWith('running_var');
    const values = Float32Array.from({ length: variable.size }, () =>
      positive ? 0.5 + rng.uniform() : scale * rng.normal(),
    );
    const value = tf.tensor(values, variable.shape);
    variable.assign(value);
    value.dispose();
  }
}

/** A model's numbers by PyTorch name, in PyTorch's layouts. */
export async function stateOf(model: Model): Promise<(name: string) => Float32Array> {
  const state = await exportState(model.parameters, model.buffers);
  return (name) => {
    const tensor = state.get(name);
    if (!tensor) throw new Error(`no ${name} among ${[...state.keys()].join(', ')}`);
    return tensor.data as Float32Array;
  };
}

/** Random images `[B, H, W, C]`. */
export function randomImages(shape: [number, number, number, number], seed = 5): tf.Tensor4D {
  const rng = keyedRng(seed, 'images');
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor4d(
    Float32Array.from({ length: size }, () => rng.normal()),
    shape,
  );
}

/** Largest |a − b|. */
export function gap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i += 1) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}
