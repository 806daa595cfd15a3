import type { DataSource } from '@kdx/core';
import { cifar10, cifar100 } from './cifar/families.js';
import { poolFamily } from './pool/family.js';
import { shapesFamily } from './shapes/family.js';
import { type DataSetInfo, DataSetRegistry } from './spec/registry.js';

/** The data sets that come with kdx. */
export const builtInDataSets = new DataSetRegistry([cifar100, cifar10, poolFamily, shapesFamily]);

/**
 * Opens the data set that a spec names, e.g. `cifar100:DIR?train=5000&validation=1000&augment=crop,flip` or `shapes`.
 * @throws KdxError `KDX_DATA_…`
 */
export const resolveData = (spec: string, registry = builtInDataSets): Promise<DataSource> =>
  registry.resolve(spec);

/** The data sets that specs can name, with their options. */
export const listDataSets = (registry = builtInDataSets): readonly DataSetInfo[] => registry.list();
