import { augmentation, decimal, wholeNumber } from '../spec/options.js';
import { defineDataSet } from '../spec/registry.js';
import { SHAPE_CLASSES } from './classes.js';
import { SHAPES_DEFAULTS, shapes } from './shapes.js';

const initial = SHAPES_DEFAULTS;

export const shapesFamily = defineDataSet({
  name: 'shapes',
  help: 'generated 32×32 pictures of patterned shapes among clutter; needs no download',
  options: {
    train: wholeNumber('training images', initial.train, 1),
    validation: wholeNumber('validation images', initial.validation, 0),
    test: wholeNumber('test images', initial.test, 0),
    classes: wholeNumber('classes: shape and filling', initial.classes, 2, SHAPE_CLASSES.length),
    noise: decimal('standard deviation of the pixel noise', initial.noise, 0, 1),
    clutter: decimal('mean number of distractors', initial.clutter, 0, 50),
    'label-noise': decimal('share of training labels that are wrong', initial.labelNoise, 0, 1),
    seed: wholeNumber('another seed gives other images', initial.seed, 0),
    augment: augmentation('none'),
  },
  open: async ({ name, options }) => shapes({ ...options, labelNoise: options['label-noise'], name }),
});
