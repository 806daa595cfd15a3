import { KdxError, type Normalization } from '@kdx/core';
import { Linear } from '@kdx/nn';
import { z } from 'zod';
import type { ModelDefinition } from '../../recipe/definition.js';
import type { ModelFamily } from '../family.js';
import { CifarResnetTrunk } from './trunk.js';

const schema = z.object({});

const CIFAR100: Normalization = { mean: [0.507, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2761] };
const CIFAR10: Normalization = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };

/**
 * The residual networks for 32×32 images of He et al. 2016, in the form of the CRD benchmark: 6n + 2 layers in three
 * stages of n basic blocks; `x4` is four times as wide behind a stem of 32. Any input size.
 */
export const cifarResnet: ModelFamily<typeof schema> = {
  name: 'cifar_resnet',
  source: 'He et al. 2016; CRD benchmark (Tian et al. 2020)',
  names: [
    ...[8, 14, 20, 32, 44, 56, 110].map((depth) => `cifar_resnet${depth}`),
    'cifar_resnet8x4',
    'cifar_resnet32x4',
  ],
  pattern: /^cifar_resnet([1-9]\d*)(x4)?$/,
  define: ([name, depth, wide]) => cifarResnetDefinition(name, Number(depth), wide !== undefined),
};

function cifarResnetDefinition(name: string, depth: number, wide: boolean): ModelDefinition<typeof schema> {
  const blocks = (depth - 2) / 6;
  if (!(Number.isInteger(blocks) && blocks >= 1)) {
    throw new KdxError(
      'KDX_MODEL_UNKNOWN',
      `There is no "${name}": a CIFAR ResNet has 6n + 2 layers; choose a depth such as 8, 14, 20, 32, 44, 56 or 110.`,
    );
  }
  const widths = wide ? ([64, 128, 256] as const) : ([16, 32, 64] as const);
  return {
    name,
    options: schema,
    classes: 100,
    imageSize: [32, 32, 3],
    normalization: (classes) => (classes === 10 ? CIFAR10 : CIFAR100),
    classHead: 'fc.weight',
    build: (scope, { classes, imageSize }) => ({
      trunk: new CifarResnetTrunk(scope, { channels: imageSize[2], stem: wide ? 32 : 16, widths, blocks }),
      heads: { class: new Linear(scope.child('fc'), widths[2], classes) },
    }),
  };
}
