import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { model } from './registry.js';

await tf.setBackend('cpu');

for (const name of [
  'cifar_resnet8',
  'cifar_ResNet18',
  'cifar_wrn_16_1',
  'cifar_vgg8',
  'cifar_mobilenetv2',
  'cifar_shufflev1',
  'cifar_shufflev2',
  'convnet',
]) {
  test(`${name} states that its features are maps`, async (t) => {
    const { spec, taps, dispose } = await built(name);
    t.true(spec.features.length > 0);
    for (const { tap, layout } of spec.features) {
      t.is(layout, 'maps', tap);
      t.is(taps().get(tap)?.length, 3, tap);
    }
    dispose();
  });
}

test('a ViT states that its features are tokens of a grid, rows first', async (t) => {
  const { spec, taps, dispose } = await built('vit_tiny_patch16_224?img=16&patch=4&dim=16&heads=2&depth=2');
  t.deepEqual(
    spec.features.map(({ tap, layout, grid }) => [tap, layout, grid, taps().get(tap)]),
    [
      ['patch_embed', 'tokens', [4, 4], [16, 16]],
      ['blocks.0', 'tokens', [4, 4], [17, 16]],
      ['blocks.1', 'tokens', [4, 4], [17, 16]],
    ],
  );
  dispose();
});

async function built(name: string) {
  const net = await model(name).build({ classes: 10 });
  return { spec: net.spec, taps: () => net.taps(), dispose: () => net.dispose() };
}
