import { exportState, writeSafetensors } from '@kdx/tensor';
import type { HeadRule, Model } from '../contracts/model.js';

export interface ExportOptions {
  readonly headRule: HeadRule;
  /** What the task adds to the metadata of the file, see `Task.metadata`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a model as safetensors in PyTorch's layout and under timm's names. The metadata says what is needed to use it:
 * the name that builds it, number of classes, normalisation, head rule, and what the task adds. Helper modules are never written.
 * @throws KdxError `KDX_WRITE_FAILED`
 */
export async function exportStudent(
  model: Model,
  file: string,
  { headRule, metadata }: ExportOptions,
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
    ...metadata,
  });
}
