import type { HostTensor } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { ExecutionContext } from 'ava';

/**
 * Asserts that both have tensors of the same names and that no value is off by more than `tolerance` of the largest of its
 * tensor.
 */
export function sameTensors(
  t: ExecutionContext,
  ours: ReadonlyMap<string, tf.Tensor>,
  theirs: ReadonlyMap<string, HostTensor>,
  tolerance: number,
): void {
  t.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
  for (const [name, { data }] of theirs) {
    const found = ours.get(name)?.dataSync() as Float32Array;
    const expected = data as Float32Array;
    const size = Math.max(...expected.map(Math.abs));
    const miss = Math.max(...expected.map((value, i) => Math.abs(value - found[i])));
    t.is(found.length, expected.length);
    t.true(miss <= tolerance * Math.max(size, 1e-3), `${name}: ${miss} of ${size}`);
  }
}
