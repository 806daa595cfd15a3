import { conv2d } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import type { TorchKernelBackend } from '../../runtime/torch-kernel-backend.js';
import { random, sameAsCpu, strided } from '../../testing/against-cpu.js';
import { torchTest } from '../../testing/torch-test.js';

type Padding = Parameters<typeof tf.conv2d>[3];

const explicit = (top: number, bottom: number, left: number, right: number): Padding => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

const geometries: [name: string, size: [number, number], window: number, stride: number, padding: Padding][] =
  [
    ['same, odd window', [7, 6], 3, 1, 'same'],
    ['same, even window: one more zero after than before', [7, 6], 4, 1, 'same'],
    ['same, stride 2 on an even size: a zero after and none before', [8, 6], 3, 2, 'same'],
    ['same, a window smaller than the stride', [7, 6], 1, 2, 'same'],
    ['valid, with rows that no window reaches', [8, 9], 3, 2, 'valid'],
    ['explicit, symmetric by luck: the zeros after are never seen', [8, 8], 3, 2, explicit(1, 0, 1, 0)],
    ['explicit, more zeros before than after', [5, 6], 3, 1, explicit(2, 0, 1, 2)],
    ['explicit, on one axis only', [6, 6], 3, 2, explicit(0, 3, 1, 1)],
  ];

/** The value and both gradients of a product with fixed weights, so that every output counts differently. */
const valueAndGradients = (
  convolve: (x: tf.Tensor, filter: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  filter: tf.Tensor,
) => {
  const y = convolve(x, filter);
  const weights = random(y.shape, 3);
  const gradients = tf.grads((a, b) => tf.sum(tf.mul(convolve(a, b), weights)))([x, filter]);
  return [y, ...gradients];
};

for (const [name, [height, width], window, stride, padding] of geometries) {
  torchTest(`convolutions and their gradients equal the CPU back end's: ${name}`, async (t) => {
    await sameAsCpu(t, 'dense', () =>
      valueAndGradients(
        (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, padding),
        random([2, height, width, 3]),
        random([window, window, 3, 4], 2),
      ),
    );
    await sameAsCpu(t, 'depthwise, two outputs for each channel', () =>
      valueAndGradients(
        (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, padding),
        random([2, height, width, 3]),
        random([window, window, 3, 2], 2),
      ),
    );
  });
}

torchTest('convolutions of volumes and their gradients equal the CPU back end’s', async (t) => {
  for (const padding of ['same', 'valid'] as const) {
    await sameAsCpu(t, padding, () =>
      valueAndGradients(
        (x, filter) => tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, [1, 2, 2], padding),
        random([2, 3, 6, 5, 2]),
        random([2, 3, 3, 2, 3], 2),
      ),
    );
  }
});

torchTest('grouped convolutions and their gradients equal the composition on the CPU back end', async (t) => {
  const cases = [
    { groups: 2, stride: 1, padding: 1 },
    { groups: 3, stride: 2, padding: 1 },
    { groups: 2, stride: [2, 1], padding: [0, 1] },
  ] as const;
  for (const options of cases) {
    await sameAsCpu(t, JSON.stringify(options), () =>
      valueAndGradients(
        (x, filter) => conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, options),
        random([2, 6, 7, 12]),
        random([3, 3, 12 / options.groups, 6], 2),
      ),
    );
  }
});

torchTest('strided inputs, dilations and no images at all', async (t) => {
  const input = () => strided<tf.Rank.R4>([2, 6, 7, 3]);
  const filter = () => strided<tf.Rank.R4>([3, 2, 3, 4], 2);
  await sameAsCpu(t, 'strided', () =>
    valueAndGradients((x, f) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same'), input(), filter()),
  );
  await sameAsCpu(t, 'dilated', () => [
    tf.conv2d(input(), filter(), 1, 'same', 'NHWC', [2, 3]),
    tf.depthwiseConv2d(input(), filter(), 1, 'same', 'NHWC', [3, 2]),
  ]);
  await sameAsCpu(t, 'empty', () => [tf.conv2d(tf.zeros<tf.Rank.R4>([0, 6, 7, 3]), filter(), 1, 'same')]);
});

torchTest('fused convolutions add the bias and apply every activation', async (t) => {
  const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;
  await sameAsCpu(t, 'fused', () =>
    activations.flatMap((activation) => {
      const options = {
        x: tf.mul<tf.Tensor4D>(8, random([2, 5, 5, 4])),
        strides: 1,
        pad: 'same' as const,
        bias: random([4], 3),
        activation,
        preluActivationWeights: activation === 'prelu' ? random([4], 4) : undefined,
        leakyreluAlpha: 0.3,
      };
      return [
        tf.fused.conv2d({ ...options, filter: random<tf.Rank.R4>([3, 3, 4, 4], 2) }),
        tf.fused.depthwiseConv2d({ ...options, filter: random<tf.Rank.R4>([3, 3, 4, 1], 2) }),
      ];
    }),
  );
});

const torch = () => tf.backend() as TorchKernelBackend;

/** What libtorch says of a tensor's memory: elements from one to the next along each axis. */
const stridesOf = (x: tf.Tensor): number[] =>
  x.shape.map((_, axis) => torch().operators.call('stride.int', torch().handle(x), axis) as number);

torchTest('activations stay in channels-last memory through a convolution and back', (t) => {
  const shapes: [x: number[], filter: number[]][] = [
    [
      [2, 8, 8, 6],
      [3, 3, 6, 4],
    ],
    [
      [2, 8, 8, 1],
      [3, 3, 1, 4],
    ],
    [
      [2, 8, 8, 6],
      [1, 1, 6, 4],
    ],
    [
      [2, 1, 1, 6],
      [1, 1, 6, 4],
    ],
  ];
  for (const [xShape, filterShape] of shapes) {
    const x = random<tf.Rank.R4>(xShape);
    const filter = random<tf.Rank.R4>(filterShape, 2);
    const y = tf.conv2d(x, filter, 1, 'same');
    const dx = tf.grad((input) => tf.conv2d(input as tf.Tensor4D, filter, 1, 'same'))(x, y);
    for (const tensor of [y, dx]) {
      const expected = [...tf.util.computeStrides(tensor.shape), 1];
      const relevant = expected.map((stride, axis) => (tensor.shape[axis] > 1 ? stride : 0));
      const actual = stridesOf(tensor).map((stride, axis) => (tensor.shape[axis] > 1 ? stride : 0));
      t.deepEqual(actual, relevant, `[${xShape}] by [${filterShape}]: [${tensor.shape}]`);
    }
  }
});

torchTest('a convolution takes memory for its result, not for a copy of its input', (t) => {
  const { bridge } = torch();
  const x = random<tf.Rank.R4>([8, 64, 64, 16]);
  const filter = random<tf.Rank.R4>([3, 3, 16, 16], 2);
  for (const stride of [1, 2]) {
    const before = bridge.memory().live;
    bridge.resetPeak();
    const y = tf.conv2d(x, filter, stride, 1);
    const taken = bridge.memory().peak - before;
    t.true(taken < 1.1 * y.size * 4, `stride ${stride}: ${taken} bytes for a result of ${y.size * 4}`);
    y.dispose();
  }
});
