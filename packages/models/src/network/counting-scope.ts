import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';

/** A scope that allocates nothing: it only notes names and shapes. */
export class CountingScope {
  /** Shapes here, not on disk, by PyTorch name. */
  readonly parameters = new Map<string, readonly number[]>();
  readonly buffers = new Map<string, readonly number[]>();

  scope(path = ''): Scope {
    const full = (name: string) => (path === '' ? name : `${path}.${name}`);
    const note = (into: Map<string, readonly number[]>, name: string, shape: readonly number[]) => {
      into.set(full(name), shape);
      // Layers may keep it and ask its shape; whoever runs one gets an error from TensorFlow.js.
      return { shape: [...shape], rank: shape.length, size: sizeOf(shape) } as unknown as tf.Variable;
    };
    return {
      path,
      child: (name) => this.scope(full(String(name))),
      parameter: (name, shape) => note(this.parameters, name, shape),
      buffer: (name, shape) => note(this.buffers, name, shape),
    };
  }

  /** Trainable numbers. */
  get size(): number {
    let size = 0;
    for (const shape of this.parameters.values()) size += sizeOf(shape);
    return size;
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);
