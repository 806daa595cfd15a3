import type { Model } from '@kdx/core';
import type { WeightsInfo } from '../weights/metadata.js';

/** What is known of a model besides its numbers: class names, head rule. */
export type ModelInfo = Pick<WeightsInfo, 'classNames' | 'headRule'>;

const known = new WeakMap<Model, ModelInfo>();

/** Notes what {@link predict} should take for granted of a model: what its weights file says, or the run that trained it. */
export function rememberInfo(model: Model, info: ModelInfo): void {
  known.set(model, info);
}

export const infoOf = (model: Model): ModelInfo => known.get(model) ?? {};
