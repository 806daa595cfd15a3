import * as tf from '@tensorflow/tfjs';

/** Which images of a batch are of one class and which of different ones. It depends on labels alone: made once per batch. */
export interface ClassPairs {
  /** Anchors with another image of their class and one of another class. */
  readonly anchors: number;
  /** `[B]`: 1/`anchors` at each of them, else 0. */
  readonly anchorWeights: tf.Tensor1D;
  /** Anchors with another image of their class. */
  readonly mates: number;
  /** `[B]`: 1/`mates` at each of them, else 0. */
  readonly mateWeights: tf.Tensor1D;
  /** `[B, B]`: 1 where two different images are of one class, else 0. */
  readonly same: tf.Tensor2D;
  /** `[B, B]`: 1 where two images are of different classes, else 0. */
  readonly other: tf.Tensor2D;
  dispose(): void;
}

/** Pairs of a batch by its labels. The tensors outlive an open scope: `dispose` frees them. */
export function classPairs(labels: ArrayLike<number>): ClassPairs {
  const all = Array.from(labels);
  const B = all.length;
  const mask = (holds: (i: number, j: number) => boolean) =>
    Float32Array.from({ length: B * B }, (_, at) => Number(holds(Math.floor(at / B), at % B)));
  const hasMate = all.map((label, i) => all.some((y, j) => y === label && j !== i));
  const hasOther = all.map((label) => all.some((y) => y !== label));
  const isAnchor = hasMate.map((has, i) => has && hasOther[i]);
  const count = (flags: boolean[]) => flags.filter(Boolean).length;
  const weights = (flags: boolean[]) => flags.map((flag) => (flag ? 1 / count(flags) : 0));
  const tensors = {
    anchorWeights: tf.keep(tf.tensor1d(weights(isAnchor), 'float32')),
    mateWeights: tf.keep(tf.tensor1d(weights(hasMate), 'float32')),
    same: tf.keep(
      tf.tensor2d(
        mask((i, j) => i !== j && all[i] === all[j]),
        [B, B],
      ),
    ),
    other: tf.keep(
      tf.tensor2d(
        mask((i, j) => all[i] !== all[j]),
        [B, B],
      ),
    ),
  };
  return {
    anchors: count(isAnchor),
    mates: count(hasMate),
    ...tensors,
    dispose: () => tf.dispose(Object.values(tensors)),
  };
}
