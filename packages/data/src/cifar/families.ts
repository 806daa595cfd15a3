import { dataFolder } from '../spec/data-folder.js';
import { amount, augmentation, wholeNumber } from '../spec/options.js';
import { type DataSetFamily, defineDataSet } from '../spec/registry.js';
import { withSubsets } from '../splits/with-subsets.js';
import { CIFAR10, CIFAR100, type CifarLayout } from './layouts.js';
import { openCifar } from './open-cifar.js';

const cifarFamily = (layout: CifarLayout): DataSetFamily =>
  defineDataSet({
    name: layout.family,
    help: `${layout.title}: 32×32 photos of ${layout.classes} classes, 50,000 to train on and 10,000 to test`,
    source: 'DIR',
    usualSource: dataFolder,
    options: {
      train: amount('class-balanced subset of the training images; default all that validation leaves'),
      validation: amount('class-balanced images taken from the other training images; default none'),
      test: amount('class-balanced subset of the test images; default all'),
      'subset-seed': wholeNumber('which images the subsets draw', 0, 0),
      // As the CIFAR distillation benchmarks train: padded crop, then flip.
      augment: augmentation('crop,flip'),
    },
    async open({ name, source, options }) {
      const whole = await openCifar(layout, source, name, options.augment);
      return withSubsets(whole, {
        train: options.train,
        validation: options.validation,
        test: options.test,
        seed: options['subset-seed'],
      });
    },
  });

export const cifar10 = cifarFamily(CIFAR10);
export const cifar100 = cifarFamily(CIFAR100);
