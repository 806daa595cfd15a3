import type { Feature } from '@kdx/core';
import { Linear } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import { CIFAR_MODEL } from '../../cifar.js';
import type { ModelFamily } from '../../family.js';
import { ShuffleTrunk, STEM, STEM_FEATURE } from '../trunk.js';
import { GroupUnit } from './unit.js';

/** Channels and units of the three stages with 3 groups (Zhang et al. 2018, table 1; spec of CRD §3.2). */
const GROUPS = 3;
const WIDTHS = [240, 480, 960] as const;
const UNITS = [4, 8, 4] as const;

/**
 * ShuffleNet (Zhang et al. 2018) with 3 groups in the form of the CRD benchmark: a stem of stride 1, then three stages
 * that halve the size. Any input size.
 */
export const cifarShuffleV1: ModelFamily<typeof CIFAR_MODEL.options> = {
  name: 'cifar_shufflev1',
  source: 'Zhang et al. 2018; CRD benchmark (Tian et al. 2020)',
  names: ['cifar_shufflev1'],
  pattern: /^cifar_shufflev1$/,
  define: ([name]) => ({
    ...CIFAR_MODEL,
    name,
    classHead: 'linear.weight',
    build: (scope, { classes, imageSize }) => ({
      trunk: new ShuffleTrunk(scope, { channels: imageSize[2], stages: WIDTHS.map(units) }),
      features: [STEM_FEATURE, ...UNITS.map(stageFeature)],
      heads: { class: new Linear(scope.child('linear'), WIDTHS[2], classes) },
    }),
  }),
};

const stageFeature = (count: number, stage: number): Feature => {
  const tap = `layer${stage + 1}`;
  return { tap, scale: `${tap}.${count - 1}.bn3.weight`, layout: 'maps' };
};

function units(width: number, stage: number) {
  return Array.from({ length: UNITS[stage] }, (_, unit) => {
    const first = unit === 0;
    return (at: Scope) =>
      new GroupUnit(at, {
        channelsIn: first ? (WIDTHS[stage - 1] ?? STEM) : width,
        channelsOut: width,
        stride: first ? 2 : 1,
        // The stem's few channels are not grouped (Zhang et al. 2018, §3.3).
        groupsIn: first && stage === 0 ? 1 : GROUPS,
        groups: GROUPS,
      });
  });
}
