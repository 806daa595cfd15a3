import { Linear } from '@kdx/nn';
import { z } from 'zod';
import { kdxError } from '../../errors.js';
import type { ModelDefinition } from '../../recipe/definition.js';
import { CIFAR_MODEL } from '../cifar.js';
import type { ModelFamily } from '../family.js';
import { CifarResnetTrunk } from './trunk.js';

const schema = z.object({
  dropblock: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('share that DropBlock drops of the first two stages’ outputs'),
  'dropblock-size': z.int().min(1).default(7).describe('side of a block in pixels'),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('share of elements dropped of the first two stages’ outputs'),
});

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
    // Lower case is this family, also for `cifar_resnet50`: 6 · 8 + 2.
    const hint = [18, 34].includes(depth) && !wide ? ` That of four stages is "cifar_ResNet${depth}".` : '';
    throw kdxError(
      'KDX_MODEL_UNKNOWN',
      `There is no "${name}": a CIFAR ResNet has 6n + 2 layers; choose a depth such as 8, 14, 20, 32, 44, 56 or 110.${hint}`,
    );
  }
  const widths = wide ? ([64, 128, 256] as const) : ([16, 32, 64] as const);
  return {
    name,
    ...CIFAR_MODEL,
    options: schema,
    classHead: 'fc.weight',
    build: (scope, { classes, imageSize, options }) => ({
      trunk: new CifarResnetTrunk(scope, {
        channels: imageSize[2],
        stem: wide ? 32 : 16,
        widths,
        blocks,
        dropBlock: { rate: options.dropblock, size: options['dropblock-size'] },
        dropout: options.dropout,
      }),
      features: [
        { tap: 'stem', scale: 'bn1.weight', layout: 'maps' },
        ...widths.map((_, stage) => ({
          tap: `layer${stage + 1}`,
          scale: `layer${stage + 1}.${blocks - 1}.bn2.weight`,
          layout: 'maps' as const,
        })),
      ],
      heads: { class: new Linear(scope.child('fc'), widths[2], classes) },
    }),
  };
}
