import type { Feature } from '@kdx/core';
import { Linear } from '@kdx/nn';
import { CIFAR_MODEL } from '../cifar.js';
import type { ModelFamily } from '../family.js';
import { type FourStageOptions, FourStageTrunk, featureDim } from './trunk.js';

const LAYERS: Readonly<Record<string, Pick<FourStageOptions, 'block' | 'blocks'>>> = {
  18: { block: 'basic', blocks: [2, 2, 2, 2] },
  34: { block: 'basic', blocks: [3, 4, 6, 3] },
  50: { block: 'bottleneck', blocks: [3, 4, 6, 3] },
};

/**
 * The residual networks of four stages that He et al. 2016 made for ImageNet, with the CRD benchmark's stem for 32×32
 * images: one 3×3 convolution, no pooling. Any input size.
 *
 * Mind the capitals, which are the benchmark's: `cifar_resnet50` is a network of the 6n + 2 family (n = 8, three stages
 * of 16, 32 and 64 channels, 0.8 million parameters); `cifar_ResNet50` is this one (23.7 million).
 */
export const cifarResnet50: ModelFamily<typeof CIFAR_MODEL.options> = {
  name: 'cifar_ResNet',
  source: 'He et al. 2016; CRD benchmark (Tian et al. 2020)',
  names: Object.keys(LAYERS).map((layers) => `cifar_ResNet${layers}`),
  pattern: /^cifar_ResNet(18|34|50)$/,
  define: ([name, layers]) => ({
    name,
    ...CIFAR_MODEL,
    classHead: 'linear.weight',
    build: (scope, { classes, imageSize }) => ({
      trunk: new FourStageTrunk(scope, { channels: imageSize[2], ...LAYERS[layers] }),
      features: [
        { tap: 'stem', scale: 'bn1.weight', layout: 'maps' },
        ...LAYERS[layers].blocks.map(stageFeature(LAYERS[layers].block)),
      ],
      heads: { class: new Linear(scope.child('linear'), featureDim(LAYERS[layers].block), classes) },
    }),
  }),
};

/** A stage's output, which the last norm of its last block scales before the sum. */
const stageFeature =
  (block: FourStageOptions['block']) =>
  (blocks: number, stage: number): Feature => {
    const tap = `layer${stage + 1}`;
    return { tap, scale: `${tap}.${blocks - 1}.${block === 'basic' ? 'bn2' : 'bn3'}.weight`, layout: 'maps' };
  };
