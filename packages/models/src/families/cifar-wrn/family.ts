import { Linear, zeros } from '@kdx/nn';
import { kdxError } from '../../errors.js';
import { CIFAR_MODEL } from '../cifar.js';
import type { ModelFamily } from '../family.js';
import { WideResnetTrunk } from './trunk.js';

/**
 * The wide residual networks of Zagoruyko & Komodakis 2016 in the form of the CRD benchmark: `cifar_wrn_d_k` has d = 6n + 4
 * layers in three groups of n blocks, 16k, 32k and 64k channels wide, and no dropout. Any input size.
 */
export const cifarWrn: ModelFamily<typeof CIFAR_MODEL.options> = {
  name: 'cifar_wrn',
  source: 'Zagoruyko & Komodakis 2016; CRD benchmark (Tian et al. 2020)',
  names: ['cifar_wrn_16_1', 'cifar_wrn_16_2', 'cifar_wrn_40_1', 'cifar_wrn_40_2'],
  pattern: /^cifar_wrn_([1-9]\d*)_([1-9]\d*)$/,
  define([name, depth, k]) {
    const factor = Number(k);
    const blocks = (Number(depth) - 4) / 6;
    if (!(Number.isInteger(blocks) && blocks >= 1)) {
      throw kdxError(
        'KDX_MODEL_UNKNOWN',
        `There is no "${name}": a wide ResNet has 6n + 4 layers; choose a depth such as 10, 16, 22, 28 or 40.`,
      );
    }
    return {
      name,
      ...CIFAR_MODEL,
      classHead: 'fc.weight',
      build: (scope, { classes, imageSize }) => ({
        trunk: new WideResnetTrunk(scope, { channels: imageSize[2], blocks, factor }),
        // Raw, each: the norm that scales it is the one that reads it.
        features: [
          { tap: 'conv1', scale: 'block1.layer.0.bn1.weight', layout: 'maps' },
          { tap: 'block1', scale: 'block2.layer.0.bn1.weight', layout: 'maps' },
          { tap: 'block2', scale: 'block3.layer.0.bn1.weight', layout: 'maps' },
          { tap: 'block3', scale: 'bn1.weight', layout: 'maps' },
        ],
        heads: { class: new Linear(scope.child('fc'), 64 * factor, classes, { biasInit: zeros }) },
      }),
    };
  },
};
