import type { Model } from '@kdx/core';
import { preActivation } from '@kdx/nn';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { model } from '../index.js';
import { gap, randomImages, randomise } from '../reference/random-model.test.helper.js';

test.before(() => tf.setBackend('cpu'));

/** Small members of every CNN family, and the features that have something before a ReLU. */
const FAMILIES: readonly [name: string, features: readonly string[]][] = [
  ['cifar_resnet8?img=8', ['stem', 'layer1', 'layer2', 'layer3', 'layer2.0']],
  ['cifar_ResNet18?img=8', ['stem', 'layer1', 'layer4']],
  ['cifar_ResNet50?img=4', ['stem', 'layer1', 'layer1.1', 'layer4']],
  ['cifar_wrn_10_1?img=8', ['conv1', 'block1', 'block2', 'block3', 'block2.layer.0']],
  ['cifar_vgg8?img=8', ['block0', 'block2', 'block4']],
  ['cifar_mobilenetv2?img=16', ['conv1', 'conv2']],
  ['cifar_shufflev1?img=8', ['stem', 'layer1', 'layer1.0', 'layer1.1', 'layer3']],
  ['cifar_shufflev2?img=8', ['stem', 'layer1', 'layer1.0', 'layer1.1', 'last']],
  ['convnet?img=8&width=4&stages=2', ['layer1', 'layer2']],
];

const build = async (name: string): Promise<Model> => {
  const net = await model(name).build({ classes: 3 });
  randomise(net, 0.3);
  return net;
};

/** The layer that gives a feature behind its ReLU: for pre-activation networks the next norm and a ReLU do. */
const isRaw = (name: string): boolean => name.startsWith('cifar_wrn');

for (const [name, layers] of FAMILIES) {
  test.serial(`${name}: what is before the ReLU of ${layers.join(', ')}`, async (t) => {
    const net = await build(name);
    const [height, width, channels] = net.spec.inputSize;
    const images = randomImages([2, height, width, channels]);
    const known = net.taps();
    const { logits } = net.forward(images, { training: false });
    for (const layer of layers) {
      const pre = preActivation(layer);
      t.deepEqual(known.get(pre), known.get(layer), `${pre} has the layer's shape`);
      const tapped = net.forward(images, { training: false, taps: [layer, pre] });
      t.true(gap([...tapped.logits.dataSync()], [...logits.dataSync()]) < 1e-4, 'a tap changes no logits');
      const [before, after] = [pre, layer].map((path) => [...tapped.taps[path].dataSync()]);
      t.true(before.some((value) => value < 0) && before.some((value) => value > 0), `${pre} has both signs`);
      // Fused and unfused inference differ in the last bits.
      if (!isRaw(name))
        t.true(
          gap(
            before.map((value) => Math.max(0, value)),
            after,
          ) < 1e-4,
          pre,
        );
      const alone = net.forward(images, { training: false, logits: false, taps: [pre] });
      t.true(gap([...alone.taps[pre].dataSync()], before) < 1e-4, 'the forward may end there');
    }
    net.dispose();
  });
}

test.serial(
  'a residual block: the norm of the branch and the shortcut, before and not behind the ReLU',
  async (t) => {
    const net = await build('cifar_resnet8?img=8');
    const paths = [
      'layer2.0:in',
      'layer2.0.bn2',
      'layer2.0.downsample',
      'layer2.0:pre',
      'layer2:pre',
      'layer1.0.bn2',
      'layer1.0:in',
      'layer1:pre',
    ];
    for (const training of [false, true]) {
      const { taps } = net.forward(randomImages([3, 8, 8, 3]), { training, taps: paths });
      const values = (path: string) => [...taps[path].dataSync()];
      const sum = (a: string, b: string) => values(a).map((value, i) => value + values(b)[i]);
      t.true(gap(values('layer2.0:pre'), sum('layer2.0.bn2', 'layer2.0.downsample')) < 1e-5);
      t.deepEqual(values('layer2:pre'), values('layer2.0:pre'));
      t.true(gap(values('layer1:pre'), sum('layer1.0.bn2', 'layer1.0:in')) < 1e-5);
    }
    net.dispose();
  },
);

test.serial(
  'a pre-activation network: the norm in front of the next ReLU, of the next block or the last one',
  async (t) => {
    const net = await build('cifar_wrn_10_1?img=8');
    const pairs = [
      ['conv1:pre', 'block1.layer.0.bn1'],
      ['block1:pre', 'block2.layer.0.bn1'],
      ['block2:pre', 'block3.layer.0.bn1'],
      ['block3:pre', 'bn1'],
    ] as const;
    const { taps } = net.forward(randomImages([2, 8, 8, 3]), { training: false, taps: pairs.flat() });
    for (const [pre, norm] of pairs) t.deepEqual([...taps[pre].dataSync()], [...taps[norm].dataSync()]);
    net.dispose();
  },
);

test.serial('a loss on what is before a ReLU reaches what the ReLU takes away', async (t) => {
  const net = await build('convnet?img=4&width=2&stages=1');
  const variable = net.parameters.get('layer1.bn.bias')?.variable as tf.Variable;
  // Far below 0, so that no gradient passes the ReLU.
  variable.assign(tf.fill(variable.shape, -50));
  const images = randomImages([2, 4, 4, 3]);
  const slope = (tap: string) =>
    tf
      .variableGrads(
        () => tf.sum(net.forward(images, { training: true, taps: [tap] }).taps[tap]) as tf.Scalar,
        [variable],
      )
      .grads[variable.name].dataSync();
  t.deepEqual([...slope('layer1')], [0, 0]);
  t.deepEqual([...slope('layer1:pre')], [32, 32]);
  net.dispose();
});

test.serial('such a tap leaves nothing behind', async (t) => {
  const net = await build('cifar_shufflev2?img=8');
  const images = randomImages([2, 8, 8, 3]);
  net.taps();
  const before = tf.memory().numTensors;
  for (const logits of [true, false]) {
    tf.tidy(() => {
      net.forward(images, { training: false, logits, taps: ['layer1.1:pre', 'layer1.0:pre'] });
    });
    t.is(tf.memory().numTensors, before);
  }
  net.dispose();
});

test('what does not end in a ReLU has nothing before one', async (t) => {
  const net = await build('cifar_mobilenetv2?img=16');
  t.false(net.taps().has('blocks.1:pre'));
  t.throws(() => net.forward(randomImages([1, 16, 16, 3]), { training: false, taps: ['blocks.1:pre'] }), {
    code: 'KDX_TAP_UNKNOWN',
  });
  net.dispose();
});
