import { Linear, normal, zeros } from '@kdx/nn';
import { imageTooSmall } from '../../errors.js';
import { CIFAR_MODEL } from '../cifar.js';
import type { ModelFamily } from '../family.js';
import { poolsOf, VggTrunk, WIDTHS } from './trunk.js';

/** Convolutions of each block, by layers; 11, 13, 16 and 19 are configurations A, B, D and E of the paper. */
const CONVOLUTIONS: Readonly<Record<string, readonly number[]>> = {
  8: [1, 1, 1, 1, 1],
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
};

/**
 * VGG (Simonyan & Zisserman 2015) in the form of the CRD benchmark: batch norm, one linear layer behind a global average,
 * and max-pools after the first three blocks only (after the first four where images are 64 pixels high). Any input size
 * from 8×8.
 */
export const cifarVgg: ModelFamily<typeof CIFAR_MODEL.options> = {
  name: 'cifar_vgg',
  source: 'Simonyan & Zisserman 2015; CRD benchmark (Tian et al. 2020)',
  names: Object.keys(CONVOLUTIONS).map((layers) => `cifar_vgg${layers}`),
  pattern: /^cifar_vgg(8|11|13|16|19)$/,
  define: ([name, layers]) => ({
    name,
    ...CIFAR_MODEL,
    classHead: 'classifier.weight',
    build(scope, context) {
      const [height, width] = context.imageSize;
      const least = 2 ** poolsOf(height);
      if (Math.min(height, width) < least) throw imageTooSmall(context.name, context.imageSize, least);
      const init = { weightInit: normal(0.01), biasInit: zeros };
      return {
        trunk: new VggTrunk(scope, context.imageSize, CONVOLUTIONS[layers]),
        features: CONVOLUTIONS[layers].map((convolutions, block) => ({
          tap: `block${block}`,
          scale: `block${block}.${3 * convolutions - 2}.weight`,
          layout: 'maps',
        })),
        heads: { class: new Linear(scope.child('classifier'), WIDTHS[4], context.classes, init) },
      };
    },
  }),
};
