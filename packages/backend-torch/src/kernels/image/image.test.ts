import * as tf from '@tensorflow/tfjs';
import { inBf16, random, sameAsCpu, strided } from '../../testing/against-cpu.js';
import { torchTest } from '../../testing/torch-test.js';

const resizes = [tf.image.resizeBilinear, tf.image.resizeNearestNeighbor];
const modes: [alignCorners: boolean, halfPixelCenters: boolean][] = [
  [false, false],
  [true, false],
  [false, true],
];
const sizes: [number, number][] = [
  [3, 9],
  [8, 2],
  [1, 1],
  [5, 6],
];

const matrices = [
  [0.913, 0.217, -3.147, -0.317, 1.113, 2.241, 0, 0],
  [1.413, -0.117, 1.331, 0.219, 0.807, -4.633, 0.0213, -0.0317],
];

torchTest('images are resized as on the CPU back end', async (t) => {
  for (const resize of resizes) {
    for (const mode of modes) {
      await sameAsCpu(t, `${resize.name} ${mode}`, () =>
        sizes.map((size) => resize(strided<tf.Rank.R4>([2, 5, 6, 3]), size, ...mode)),
      );
    }
  }
});

torchTest('the gradient of a resize is its transpose', (t) => {
  // A resize is linear: ⟨dy, resize(x)⟩ = ⟨resizeᵀ(dy), x⟩ for any x and dy.
  for (const resize of resizes) {
    for (const mode of modes) {
      for (const size of sizes) {
        const x = random<tf.Rank.R4>([2, 5, 6, 3]);
        const y = resize(x, size, ...mode);
        const dy = random<tf.Rank.R4>(y.shape, 2);
        const dx = tf.grad((images) => resize(images as tf.Tensor4D, size, ...mode))(x, dy);
        const [left, right] = [tf.mul(dy, y), tf.mul(dx, x)].map(
          (products) => tf.sum(products).dataSync()[0],
        );
        t.true(Math.abs(left - right) < 1e-4, `${resize.name} ${mode} to ${size}: ${left} and ${right}`);
      }
    }
  }
});

torchTest('whole numbers, and numbers stored as bf16, are resized', async (t) => {
  await sameAsCpu(t, 'types', () => {
    const whole = tf.cast(tf.mul(100, random([1, 4, 4, 2])), 'int32') as tf.Tensor4D;
    const x = inBf16(tf.cast(whole, 'float32')) as tf.Tensor4D;
    return [
      ...resizes.flatMap((resize) => [resize(whole, [3, 5]), resize(x, [3, 5])]),
      tf.image.cropAndResize(x, tf.tensor2d([[0.12, 0, 0.8, 1]]), tf.tensor1d([0], 'int32'), [3, 5]),
      tf.image.transform(x, tf.tensor2d(matrices.slice(0, 1)), 'bilinear'),
      tf.dilation2d(x, tf.ones([2, 2, 2]), 1, 'same'),
      tf.localResponseNormalization(x, 1),
    ];
  });
});

torchTest('crops of boxes inside, across and outside of the image', async (t) => {
  const boxes = [
    [0, 0, 1, 1],
    [0.12, 0.23, 0.71, 0.88],
    [0.93, 0.81, 0.22, 0.11],
    [-0.53, 0.34, 0.62, 1.41],
    [2, 2, 3, 3],
  ];
  for (const method of ['bilinear', 'nearest'] as const) {
    await sameAsCpu(t, method, () =>
      [
        [4, 3],
        [1, 1],
      ].map((size) =>
        tf.image.cropAndResize(
          strided<tf.Rank.R4>([2, 6, 7, 3]),
          tf.tensor2d(boxes),
          tf.tensor1d([0, 1, 0, 1, 0], 'int32'),
          size as [number, number],
          method,
          -2,
        ),
      ),
    );
  }
});

torchTest('projective transforms with every fill mode', async (t) => {
  for (const interpolation of ['nearest', 'bilinear'] as const) {
    for (const fillMode of ['constant', 'reflect', 'wrap', 'nearest'] as const) {
      await sameAsCpu(t, `${interpolation}, ${fillMode}`, () => {
        const image = random<tf.Rank.R4>([1, 6, 7, 3]);
        return matrices.flatMap((matrix) =>
          [undefined, [4, 9] as [number, number]].map((size) =>
            tf.image.transform(image, tf.tensor2d([matrix]), interpolation, fillMode, 0.25, size),
          ),
        );
      });
    }
  }
});

// The CPU back end transforms the first image of a batch only.
torchTest('each image of a batch is transformed by its own matrix, or all by one', (t) => {
  const images = random<tf.Rank.R4>([2, 6, 7, 3]);
  const together = (rows: number[][]) =>
    tf.image.transform(images, tf.tensor2d(rows), 'bilinear').arraySync();
  const alone = (image: number, matrix: number) => {
    const one = tf.slice(images, [image, 0, 0, 0], [1, -1, -1, -1]);
    return tf.image.transform(one, tf.tensor2d([matrices[matrix]]), 'bilinear').arraySync()[0];
  };
  t.deepEqual(together(matrices), [alone(0, 0), alone(1, 1)]);
  t.deepEqual(together(matrices.slice(1)), [alone(0, 1), alone(1, 1)]);
});

torchTest('a transform to infinity gives the fill value', async (t) => {
  await sameAsCpu(t, 'infinity', () => [
    tf.image.transform(
      random<tf.Rank.R4>([1, 3, 3, 1]),
      tf.tensor2d([[1, 0, 0, 0, 1, 0, -1, 0]]),
      'nearest',
      'constant',
      9,
    ),
  ]);
});

torchTest('images are mirrored and rotated', async (t) => {
  await sameAsCpu(t, 'turned', () => {
    const images = strided<tf.Rank.R4>([2, 5, 6, 4]);
    return [
      tf.image.flipLeftRight(images),
      tf.image.rotateWithOffset(images, 0.7),
      tf.image.rotateWithOffset(images, -2, [0.1, 0.2, 0.3], [0.2, 0.7]),
    ];
  });
});
