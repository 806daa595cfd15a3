import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { quoted } from '@kdx/core/text';
import { dataFolder } from '@kdx/data';
import type { CatalogueEntry } from './catalogue.js';

/** The command that fetches an entry to a folder. */
export const fetchCommandFor = (name: string, directory: string, catalogue?: string): string =>
  [
    'kdx data fetch',
    quoted(name),
    ...(directory === dataFolder() ? [] : ['--dir', quoted(directory)]),
    ...(catalogue === undefined ? [] : ['--catalogue', quoted(catalogue)]),
  ].join(' ');

/** What a person types next, once an entry is there; several are typed one after the other. */
export function nextCommands({ name, archive, weights, next }: CatalogueEntry, directory: string): string[] {
  const specOf = (family: string): string =>
    quoted(directory === dataFolder() ? family : `${family}:${directory}`);
  if (!weights) return next === undefined ? [] : [next.replaceAll('{data}', specOf(name))];
  const [pickled, file] = [archive.name, weights.file].map((each) => join(directory, 'teachers', each));
  const use = `kdx eval --model ${quoted(`${weights.model}@${file}`)} --data ${specOf(weights.data)}`;
  return existsSync(file) ? [use] : [convertCommand(pickled, file, weights), use];
}

/** kdx unpickles nothing; PyTorch does, and with weights_only it takes nothing but tensors. */
function convertCommand(
  from: string,
  to: string,
  { mean, std }: NonNullable<CatalogueEntry['weights']>,
): string {
  const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const metadata = `{'kdx.mean': '${JSON.stringify(mean)}', 'kdx.std': '${JSON.stringify(std)}'}`;
  const code = `import torch; from safetensors.torch import save_file; save_file(torch.load(${text(from)}, map_location='cpu', weights_only=True), ${text(to)}, ${metadata})`;
  return `python3 -c "${code.replaceAll(/["$`\\]/g, '\\$&')}"`;
}
