import type { Model } from '@kdx/core';

/** Tap of a model's pooled penultimate features, `[B, D]`: what its class head reads. */
export const featuresTap = ({ spec }: Pick<Model, 'spec'>): string =>
  `${spec.classHead.replace(/\.weight$/, '')}:in`;
