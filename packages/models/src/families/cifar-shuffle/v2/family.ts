import { type Layer, Linear } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import { z } from 'zod';
import { CIFAR_MODEL } from '../../cifar.js';
import type { ModelFamily } from '../../family.js';
import { ShuffleTrunk, STEM, STEM_FEATURE } from '../trunk.js';
import { DownUnit, SplitUnit } from './units.js';

/** Channels of the three stages and of the last convolution, by width (Ma et al. 2018, table 5; spec of CRD §3.2). */
const WIDTHS = {
  0.5: [48, 96, 192, 1024],
  1: [116, 232, 464, 1024],
  1.5: [176, 352, 704, 1024],
  2: [244, 488, 976, 2048],
} as const;

/** Units of each stage that keep its size, after the one that halves it. */
const SPLIT_UNITS = [3, 7, 3] as const;

const schema = z.object({
  width: z.literal([0.5, 1, 1.5, 2]).default(1).describe('how wide, by the paper’s table: 0.5, 1, 1.5 or 2'),
});

/**
 * ShuffleNet V2 (Ma et al. 2018) in the form of the CRD benchmark: a stem of stride 1, then three stages that halve the
 * size, then a 1×1 convolution. Any input size.
 */
export const cifarShuffleV2: ModelFamily<typeof schema> = {
  name: 'cifar_shufflev2',
  source: 'Ma et al. 2018; CRD benchmark (Tian et al. 2020)',
  names: ['cifar_shufflev2'],
  pattern: /^cifar_shufflev2$/,
  define: ([name]) => ({
    ...CIFAR_MODEL,
    name,
    options: schema,
    classHead: 'linear.weight',
    build(scope, { classes, imageSize, options }) {
      const [first, second, third, last] = WIDTHS[options.width];
      const stages = [
        units(STEM, first, SPLIT_UNITS[0]),
        units(first, second, SPLIT_UNITS[1]),
        units(second, third, SPLIT_UNITS[2]),
      ];
      return {
        trunk: new ShuffleTrunk(scope, { channels: imageSize[2], stages, last: [third, last] }),
        // Half of a stage's channels were scaled units ago, so no norm is the stage's.
        features: [
          STEM_FEATURE,
          ...['layer1', 'layer2', 'layer3'].map((tap) => ({ tap, layout: 'maps' as const })),
        ],
        heads: { class: new Linear(scope.child('linear'), last, classes) },
      };
    },
  }),
};

function units(channelsIn: number, channelsOut: number, splitUnits: number): ((at: Scope) => Layer)[] {
  const split = Array.from({ length: splitUnits }, () => (at: Scope) => new SplitUnit(at, channelsOut));
  return [(at) => new DownUnit(at, channelsIn, channelsOut), ...split];
}
