import type { Normalization } from '@kdx/core';
import { KNOWN_STATISTICS } from '../statistics/known-statistics.js';

/** The binary layout of one CIFAR set: https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version". */
export interface CifarLayout {
  readonly family: string;
  readonly title: string;
  readonly classes: number;
  /** Folder inside the official archive. */
  readonly folder: string;
  readonly trainFiles: readonly string[];
  readonly testFile: string;
  readonly namesFile: string;
  /** Bytes before the pixels of a record. */
  readonly labelBytes: number;
  /** Which of them is the class. */
  readonly labelOffset: number;
  readonly archive: string;
  readonly statistics: Normalization;
}

export const CIFAR10: CifarLayout = {
  family: 'cifar10',
  title: 'CIFAR-10',
  classes: 10,
  folder: 'cifar-10-batches-bin',
  trainFiles: [1, 2, 3, 4, 5].map((k) => `data_batch_${k}.bin`),
  testFile: 'test_batch.bin',
  namesFile: 'batches.meta.txt',
  labelBytes: 1,
  labelOffset: 0,
  archive: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  statistics: KNOWN_STATISTICS.cifar10,
};

export const CIFAR100: CifarLayout = {
  family: 'cifar100',
  title: 'CIFAR-100',
  classes: 100,
  folder: 'cifar-100-binary',
  trainFiles: ['train.bin'],
  testFile: 'test.bin',
  namesFile: 'fine_label_names.txt',
  // The superclass (20 of them) comes first, then the class.
  labelBytes: 2,
  labelOffset: 1,
  archive: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
  statistics: KNOWN_STATISTICS.cifar100,
};
