import type { Feature, ModelSpec } from '../contracts/model.js';

/** What a model's stages give, shallow first: f1 … f_last; all features of a model that has only two or one, and so no stem. */
export const stagesOf = ({ features }: Pick<ModelSpec, 'features'>): readonly Feature[] =>
  features.length > 2 ? features.slice(1) : features;
