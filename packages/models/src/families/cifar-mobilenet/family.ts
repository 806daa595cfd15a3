import { Linear, normal, zeros } from '@kdx/nn';
import { z } from 'zod';
import { CIFAR_MODEL } from '../cifar.js';
import type { ModelFamily } from '../family.js';
import { MOBILENET_FEATURES, MobilenetTrunk, pooledWidth } from './trunk.js';

const schema = z.object({
  expansion: z
    .number()
    .int()
    .min(1)
    .default(6)
    .describe('channels inside a unit over those of its input (t)'),
  width: z.number().min(0.1).max(4).default(0.5).describe('factor on all channels (w)'),
});

/**
 * MobileNetV2 (Sandler et al. 2018) in the form of the CRD benchmark: a stem of stride 2, then three more strides of 2;
 * expansion 6 and half the width by default. Any input size.
 */
export const cifarMobilenet: ModelFamily<typeof schema> = {
  name: 'cifar_mobilenet',
  source: 'Sandler et al. 2018; CRD benchmark (Tian et al. 2020)',
  names: ['cifar_mobilenetv2'],
  pattern: /^cifar_mobilenetv2$/,
  define: ([name]) => ({
    ...CIFAR_MODEL,
    name,
    options: schema,
    classHead: 'classifier.0.weight',
    build(scope, { classes, imageSize, options }) {
      // N(0, 0.01) and zeros, as in the benchmark's code (spec of CRD §3.2).
      const init = { weightInit: normal(0.01), biasInit: zeros };
      return {
        trunk: new MobilenetTrunk(scope, { channels: imageSize[2], ...options }),
        features: MOBILENET_FEATURES,
        heads: {
          class: new Linear(scope.child('classifier').child(0), pooledWidth(options.width), classes, init),
        },
      };
    },
  }),
};
