import * as tf from '@tensorflow/tfjs';

/** A function of two tensors `[2, 3, 4]` with values in (0.1, 0.9). */
export type Case = readonly [name: string, f: (a: tf.Tensor3D, b: tf.Tensor3D) => tf.Tensor];

const image = (x: tf.Tensor): tf.Tensor4D => tf.reshape(x, [1, 4, 3, 2]);
const volume = (x: tf.Tensor): tf.Tensor5D => tf.reshape(x, [1, 3, 4, 2, 1]);
const flat = (x: tf.Tensor): tf.Tensor1D => tf.reshape(x, [24]);
const above1 = (x: tf.Tensor) => tf.add(x, 1.1);
/** The CPU back end takes height for width in the gradient of a resized image. */
const square = (x: tf.Tensor): tf.Tensor4D => tf.reshape(tf.slice(flat(x), 3, 16), [1, 4, 4, 1]);
const indices = () => tf.tensor1d([2, 0, 2], 'int32');

/** One function or more per kernel of TensorFlow.js that has a gradient. */
export const CASES: readonly Case[] = [
  ['abs', (a, b) => tf.abs(tf.sub(a, b))],
  ['acos', (a) => tf.acos(a)],
  ['acosh', (a) => tf.acosh(above1(a))],
  ['add', (a, b) => tf.add(a, b)],
  ['add, broadcast', (a, b) => tf.add(a, tf.sum(b, 0))],
  ['add to itself', (a) => tf.add(a, a)],
  ['addN', (a, b) => tf.addN([a, b, tf.mul(a, b)])],
  ['argMax', (a, b) => tf.add(tf.sum(b), tf.cast(tf.argMax(a, 1), 'float32'))],
  ['argMin', (a, b) => tf.add(tf.sum(b), tf.cast(tf.argMin(a, 1), 'float32'))],
  ['asin', (a) => tf.asin(a)],
  ['asinh', (a) => tf.asinh(a)],
  ['atan', (a) => tf.atan(a)],
  ['atan2', (a, b) => tf.atan2(a, b)],
  ['atanh', (a) => tf.atanh(a)],
  ['avgPool', (a) => tf.avgPool(image(a), 2, 1, 'valid')],
  ['avgPool3d', (a) => tf.avgPool3d(volume(a), 2, 1, 'valid')],
  ['matMul', (a, b) => tf.matMul(a, b, false, true)],
  ['matMul, left one transposed', (a, b) => tf.matMul(a, b, true, false)],
  ['matMul by a constant', (a) => tf.matMul(a, tf.ones<tf.Rank.R3>([2, 4, 2]))],
  [
    'batchToSpaceND',
    (a) =>
      tf.batchToSpaceND(
        tf.reshape(a, [4, 2, 3, 1]),
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
  ],
  ['broadcastTo', (a) => tf.broadcastTo(tf.reshape(a, [2, 1, 12]), [2, 3, 12])],
  ['cast', (a, b) => tf.mul(tf.cast(a, 'float32'), b)],
  ['ceil', (a, b) => tf.add(tf.ceil(a), b)],
  ['clipByValue', (a) => tf.clipByValue(a, 0.3, 0.6)],
  ['complex abs', (a) => tf.mul(a, tf.abs(tf.complex(tf.ones([2, 3, 4]), tf.ones([2, 3, 4]))))],
  ['concat', (a, b) => tf.concat([a, b, a], 1)],
  ['concat with a constant', (a) => tf.concat([tf.zeros([2, 1, 4]), a], 1)],
  ['conv2d', (a, b) => tf.conv2d(image(a), tf.reshape(b, [3, 2, 2, 2]), 1, 'same')],
  [
    'conv2d of a constant',
    (_, b) => tf.conv2d(tf.ones<tf.Rank.R4>([1, 5, 5, 2]), tf.reshape(b, [3, 2, 2, 2]), 1, 'same'),
  ],
  ['conv2d by a constant', (a) => tf.conv2d(image(a), tf.ones([3, 2, 2, 2]), 1, 'same')],
  [
    'conv2dTranspose',
    (a, b) =>
      tf.conv2dTranspose(
        image(a) as tf.Tensor<tf.Rank.R4>,
        tf.reshape(b, [3, 2, 2, 2]),
        [1, 8, 6, 2],
        2,
        'same',
      ),
  ],
  ['conv3d', (a, b) => tf.conv3d(volume(a), tf.reshape(b, [2, 2, 2, 1, 3]), 1, 'same')],
  ['cos', (a) => tf.cos(a)],
  ['cosh', (a) => tf.cosh(a)],
  ['cumsum', (a) => tf.cumsum(a, 2, true)],
  ['depthwiseConv2d', (a, b) => tf.depthwiseConv2d(image(a), tf.reshape(b, [3, 4, 2, 1]), 1, 'same')],
  ['depthwiseConv2d by a constant', (a) => tf.depthwiseConv2d(image(a), tf.ones([2, 2, 2, 1]), 1, 'same')],
  [
    'dilation2d',
    (a, b) =>
      tf.dilation2d(image(a), tf.reshape(tf.slice(flat(b), 0, 8), [2, 2, 2]) as tf.Tensor3D, 1, 'valid'),
  ],
  ['div', (a, b) => tf.div(a, b)],
  ['div by a constant', (a) => tf.div(a, 3)],
  ['div of a constant', (a) => tf.div(3, a)],
  ['elu', (a, b) => tf.elu(tf.sub(a, b))],
  ['erf', (a) => tf.erf(a)],
  ['exp', (a) => tf.exp(a)],
  ['expandDims', (a) => tf.expandDims(a, 1)],
  ['expm1', (a) => tf.expm1(a)],
  ['floor', (a, b) => tf.add(tf.floor(a), b)],
  ['floorDiv', (a, b) => tf.add(tf.floorDiv(tf.mul(a, 5), tf.mul(b, 3)), a)],
  [
    'batchNorm',
    (a, b) =>
      tf.batchNorm(
        image(a),
        tf.slice(flat(b), 0, 2),
        tf.slice(flat(b), 2, 2),
        tf.slice(flat(b), 4, 2),
        tf.slice(flat(b), 6, 2),
      ),
  ],
  ['gather', (a) => tf.gather(a, indices(), 1)],
  [
    'gather, batched',
    (a) =>
      tf.gather(
        tf.reshape(a, [2, 12]),
        tf.tensor2d(
          [
            [3, 1],
            [0, 3],
          ],
          [2, 2],
          'int32',
        ),
        1,
        1,
      ),
  ],
  ['greaterEqual', (a, b) => tf.mul(a, tf.cast(tf.greaterEqual(a, b), 'float32'))],
  ['identity', (a, b) => tf.mul(tf.clone(a), b)],
  ['isFinite', (a) => tf.mul(a, tf.cast(tf.isFinite(a), 'float32'))],
  ['isInf', (a) => tf.mul(a, tf.cast(tf.isInf(a), 'float32'))],
  ['isNaN', (a) => tf.mul(a, tf.cast(tf.isNaN(a), 'float32'))],
  ['localResponseNormalization', (a) => tf.localResponseNormalization(image(a))],
  ['leakyRelu', (a, b) => tf.leakyRelu(tf.sub(a, b), 0.1)],
  ['log', (a) => tf.log(a)],
  ['log1p', (a) => tf.log1p(a)],
  ['logSoftmax', (a) => tf.logSoftmax(a)],
  ['logSumExp', (a) => tf.logSumExp(a, 1)],
  ['max', (a) => tf.max(a, 1)],
  ['maxPool', (a) => tf.maxPool(image(a), 2, 1, 'valid')],
  ['maxPool3d', (a) => tf.maxPool3d(volume(a), 2, 1, 'valid')],
  ['maximum', (a, b) => tf.maximum(a, b)],
  ['mean', (a) => tf.mean(a, [0, 2])],
  ['mean of all, kept', (a) => tf.mean(a, undefined, true)],
  ['min', (a) => tf.min(a, -1, true)],
  ['minimum', (a, b) => tf.minimum(a, b)],
  [
    'mirrorPad',
    (a) =>
      tf.mirrorPad(
        a,
        [
          [0, 1],
          [1, 1],
          [0, 0],
        ],
        'reflect',
      ),
  ],
  ['mod', (a, b) => tf.mod(a, tf.mul(b, 0.3))],
  ['mul', (a, b) => tf.mul(a, b)],
  ['mul by itself', (a) => tf.mul(a, a)],
  ['mul, broadcast', (a, b) => tf.mul(a, tf.slice(b, [0, 0, 0], [1, 1, 4]))],
  ['mul by a constant', (a) => tf.mul(a, tf.ones([2, 3, 4]))],
  ['neg', (a) => tf.neg(a)],
  ['oneHot', (a) => tf.mul(a, tf.cast(tf.oneHot(indices(), 4), 'float32'))],
  ['onesLike', (a, b) => tf.mul(tf.onesLike(a), b)],
  ['stack', (a, b) => tf.stack([a, b, a], 2)],
  [
    'pad',
    (a) =>
      tf.pad(a, [
        [1, 0],
        [0, 2],
        [1, 1],
      ]),
  ],
  ['pow', (a, b) => tf.pow(a, b)],
  ['prelu', (a, b) => tf.prelu(tf.sub(a, 0.5), b)],
  ['prod', (a) => tf.prod(a, 1)],
  ['reciprocal', (a) => tf.reciprocal(a)],
  ['relu', (a, b) => tf.relu(tf.sub(a, b))],
  ['relu6', (a, b) => tf.relu6(tf.mul(tf.sub(a, b), 12))],
  ['reshape', (a) => tf.reshape(a, [6, 4])],
  ['resizeBilinear', (a) => tf.image.resizeBilinear(square(a), [7, 5])],
  ['resizeNearestNeighbor', (a) => tf.image.resizeNearestNeighbor(square(a), [8, 6])],
  ['reverse', (a) => tf.reverse(a, [0, 2])],
  ['round', (a, b) => tf.add(tf.round(a), b)],
  ['rsqrt', (a) => tf.rsqrt(a)],
  [
    'where',
    (a, b) =>
      tf.where(tf.cast(tf.tensor3d([...'101001110010101001110010'].map(Number), [2, 3, 4]), 'bool'), a, b),
  ],
  ['selu', (a, b) => tf.selu(tf.sub(a, b))],
  ['sigmoid', (a) => tf.sigmoid(a)],
  ['sign', (a, b) => tf.add(tf.sign(a), b)],
  ['sin', (a) => tf.sin(a)],
  ['sinh', (a) => tf.sinh(a)],
  ['slice', (a) => tf.slice(a, [0, 1, 1], [2, 2, -1])],
  [
    'slices that tile',
    (a) => tf.add(tf.slice(a, [0, 0, 2], [-1, -1, 2]), tf.exp(tf.slice(a, [0, 0, 0], [-1, -1, 2]))),
  ],
  ['slices with a gap', (a) => tf.add(tf.slice(a, [0, 2], [2, 1]), tf.exp(tf.slice(a, [0, 0], [2, 1])))],
  ['slices that overlap', (a) => tf.add(tf.slice(a, [0, 1], [2, 2]), tf.exp(tf.slice(a, [0, 0], [2, 2])))],
  [
    'slices along two axes',
    (a) => tf.add(tf.sum(tf.slice(a, [0, 0, 0], [1, 3, 4])), tf.exp(tf.slice(a, [0, 0, 0], [2, 1, 1]))),
  ],
  ['a slice beside other uses', (a) => tf.add(tf.mul(a, a), tf.slice(a, [1, 0, 0], [1, 3, 4]))],
  ['softmax', (a) => tf.softmax(a)],
  ['softplus', (a) => tf.softplus(a)],
  [
    'spaceToBatchND',
    (a) =>
      tf.spaceToBatchND(
        image(a),
        [2, 1],
        [
          [0, 0],
          [1, 0],
        ],
      ),
  ],
  ['split', (a) => tf.split(a, [1, 3], 2).reduce((x, y) => tf.add(tf.exp(x), y))],
  ['split, one part used', (a) => tf.exp(tf.split(a, 4, 2)[2])],
  ['sqrt', (a) => tf.sqrt(a)],
  ['square', (a) => tf.square(a)],
  ['squaredDifference', (a, b) => tf.squaredDifference(a, b)],
  ['step', (a, b) => tf.add(tf.step(a), b)],
  ['sub', (a, b) => tf.sub(tf.sum(a, 2, true), b)],
  ['sum', (a) => tf.sum(a, [0, 1])],
  ['sum of all', (a) => tf.sum(a)],
  ['tan', (a) => tf.tan(a)],
  ['tanh', (a) => tf.tanh(a)],
  ['tile', (a) => tf.tile(a, [2, 1, 3])],
  ['transpose', (a) => tf.transpose(a, [2, 0, 1])],
  ['unstack', (a) => tf.unstack(a, 1).reduce((x, y) => tf.mul(tf.exp(x), y))],
  ['unstack, one part used', (a) => tf.exp(tf.unstack(a, 1)[1])],
  ['unsortedSegmentSum', (a) => tf.unsortedSegmentSum(tf.reshape(a, [3, 8]), indices(), 3)],
  ['zerosLike', (a, b) => tf.add(tf.zerosLike(a), b)],
];

/** The kernels of TensorFlow.js that have a gradient. */
export const differentiableKernels = (): string[] => {
  const names = (Object.values(tf) as unknown[]).filter((value) => typeof value === 'string');
  return [...new Set(names)].filter((name) => tf.getGradient(name) !== undefined);
};
