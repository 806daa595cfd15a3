import { amount, augmentation, type DataOption, wholeNumber } from '../spec/options.js';
import { defineDataSet } from '../spec/registry.js';
import { sourceFolder } from '../spec/source-folder.js';
import { withSubsets } from '../splits/with-subsets.js';
import { openPool } from './open-pool.js';
import { poolSource } from './pool-source.js';
import type { PickRule } from './select.js';

const threshold: DataOption<number> = {
  syntax: 'a number from 0 to 1',
  help: 'keep images to whose target the verifier gives at least this probability; default all',
  parse: (text) => {
    const value = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    return value >= 0 && value <= 1 ? value : undefined;
  },
};

const perClass: DataOption<number> = {
  syntax: 'a whole number of at least 1',
  help: 'at most so many images of each class, of those that threshold leaves; default all',
  parse: wholeNumber('', 1, 1).parse,
};

const pick: DataOption<PickRule> & { readonly default: string } = {
  syntax: 'first or confident',
  help: 'which images per-class takes: the first made, or those the verifier is surest of',
  default: 'first',
  parse: (text) => (text === 'first' || text === 'confident' ? text : undefined),
};

/** `pool:DIR`, images that `kdx synth` made. */
export const poolFamily = defineDataSet({
  name: 'pool',
  help: 'images that kdx synth made from a network, under the classes they were made to be',
  source: 'DIR',
  options: {
    threshold,
    'per-class': perClass,
    pick,
    train: amount('subset of the images with the shares of the classes; default all that validation leaves'),
    validation: amount('images taken from the others, with the same shares; default none'),
    'subset-seed': wholeNumber('which images the subsets draw', 0, 0),
    augment: augmentation('crop,flip'),
  },
  async open({ name, source, options }) {
    const pool = await openPool(sourceFolder(source));
    const whole = await poolSource(pool, {
      name,
      threshold: options.threshold,
      perClass: options['per-class'],
      pick: options.pick,
      augment: options.augment,
    });
    return withSubsets(whole, {
      train: options.train,
      validation: options.validation,
      seed: options['subset-seed'],
    });
  },
});
