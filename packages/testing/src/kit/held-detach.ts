import { withDetach } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import { Finding } from '../failure.js';

/**
 * Holds what a loss detaches as it was: a gradient treats it as a constant, so a finite difference must too. The first
 * call of `around` keeps what goes through `detach`, in order; each later one gets the same again.
 */
export class HeldDetach {
  readonly #kept: tf.Tensor[] = [];
  #recorded = false;

  around<T>(run: () => T): T {
    if (!this.#recorded) {
      this.#recorded = true;
      return withDetach((x) => {
        this.#kept.push(tf.keep(tf.clone(x)));
        return x;
      }, run);
    }
    let next = 0;
    return withDetach((x) => {
      const held = this.#kept[next++];
      if (held?.shape.join() === x.shape.join()) return held;
      throw new Finding(
        `compute detaches a tensor [${x.shape}] as its number ${next}, and ${held ? `[${held.shape}]` : 'none'} when it ran before on the same batch; what it detaches must not depend on the values.`,
      );
    }, run);
  }

  dispose(): void {
    tf.dispose(this.#kept);
  }
}
