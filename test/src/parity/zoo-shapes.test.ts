import { torchBackend } from '@kdx/backend-torch';
import { wasmBackend } from '@kdx/backend-wasm';
import { model } from '@kdx/models';
import test from 'ava';
import { BACKEND, backendTest } from '../support/backend.js';

/** Channels × side² of f0; f1; …; pooled for images of 32×32, as spec of Tf-FD §3.2 writes them. */
const SHAPES: Readonly<Record<string, string>> = {
  cifar_resnet20: '16×32²; 16×32²; 32×16²; 64×8²; 64',
  cifar_resnet8x4: '32×32²; 64×32²; 128×16²; 256×8²; 256',
  cifar_wrn_16_1: '16×32²; 16×32²; 32×16²; 64×8²; 64',
  cifar_wrn_16_2: '16×32²; 32×32²; 64×16²; 128×8²; 128',
  cifar_wrn_40_1: '16×32²; 16×32²; 32×16²; 64×8²; 64',
  cifar_wrn_40_2: '16×32²; 32×32²; 64×16²; 128×8²; 128',
  cifar_vgg8: '64×32²; 128×16²; 256×8²; 512×4²; 512×4²; 512',
  cifar_vgg13: '64×32²; 128×16²; 256×8²; 512×4²; 512×4²; 512',
  cifar_mobilenetv2: '16×16²; 12×16²; 16×8²; 48×4²; 160×2²; 1280',
  cifar_shufflev1: '24×32²; 240×16²; 480×8²; 960×4²; 960',
  cifar_shufflev2: '24×32²; 116×16²; 232×8²; 464×4²; 1024',
  cifar_ResNet18: '64×32²; 64×32²; 128×16²; 256×8²; 512×4²; 512',
  cifar_ResNet50: '64×32²; 256×32²; 512×16²; 1024×8²; 2048×4²; 2048',
};

/** `16×32²` → `[32, 32, 16]`, `64` → `[64]`. */
function shapeOf(text: string): number[] {
  const [channels, side] = text.replace('²', '').split('×').map(Number);
  return side === undefined ? [channels] : [side, side, channels];
}

backendTest(test)('the zoo’s features have the benchmark’s shapes (B2)', async (t) => {
  await (BACKEND === 'torch' ? torchBackend() : wasmBackend()).load({ threads: 1 });
  for (const [name, shapes] of Object.entries(SHAPES)) {
    const network = await model(name).build({ classes: 100 });
    const paths = [...network.spec.features.map(({ tap }) => tap), 'pooled'];
    const taps = network.taps();
    t.deepEqual(
      paths.map((path) => taps.get(path)),
      shapes.split('; ').map(shapeOf),
      name,
    );
    for (const { tap, scale } of network.spec.features) {
      if (scale === undefined) continue;
      const { shape } = network.parameters.get(scale)!.variable;
      t.deepEqual(
        shape,
        taps.get(tap)!.slice(-1),
        `${name}: ${scale} has a number for each channel of ${tap}`,
      );
    }
    t.deepEqual([network.spec.featureDim], taps.get('pooled'), name);
    network.dispose();
  }
});
