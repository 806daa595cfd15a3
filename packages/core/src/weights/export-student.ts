import { exportState, writeSafetensors } from '@kdx/tensor';
import type { HeadRule, Model } from '../contracts/model.js';

export interface ExportOptions {
  readonly headRule: HeadRule;
  readonly classNames?: readonly string[];
}

/**
 * Writes a model as safetensors in PyTorch's layout and under timm's names. The metadata says what is needed to use it:
 * the name it can be built from again, classes, normalisation, head rule. Helper modules are never part of it.
 * @throws KdxError `KDX_WRITE_FAILED`
 */
export async function exportStudent(
  model: Model,
  file: string,
  { headRule, classNames }: ExportOptions,
): Promise<void> {
  const { name, classes, mean, std, inputSize } = model.spec;
  await writeSafetensors(file, await exportState(model.parameters, model.buffers), {
    format: 'pt',
    'kdx.model': name,
    'kdx.classes': String(classes),
    'kdx.inputSize': JSON.stringify(inputSize),
    'kdx.mean': JSON.stringify(mean),
    'kdx.std': JSON.stringify(std),
    'kdx.headRule': headRule,
    ...(classNames ? { 'kdx.classNames': JSON.stringify(classNames) } : {}),
  });
}
