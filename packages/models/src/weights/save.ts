import { type HeadRule, type Model } from '@kdx/core';
import { exportStudent } from '@kdx/core/run';
import { classNamesMetadata } from '@kdx/task-classification';

/** What a file says besides what the model's spec says. */
export interface SaveOptions {
  /** Which head or fusion of heads predicts. Default `class`. */
  readonly headRule?: HeadRule;
  readonly classNames?: readonly string[];
}

/**
 * Writes a model as safetensors with PyTorch's names and layouts, so that `safetensors.torch.load_file` and timm read
 * it, and with metadata from which `model` builds it again: name, classes, input size, normalisation, head rule.
 *
 * @throws KdxError `KDX_WRITE_FAILED`.
 */
export const saveWeights = (
  model: Model,
  file: string,
  { headRule = 'class', classNames }: SaveOptions = {},
): Promise<void> =>
  exportStudent(model, file, { headRule, metadata: classNames && classNamesMetadata(classNames) });
