import * as tf from '@tensorflow/tfjs';
import { didYouMean } from '../errors/did-you-mean.js';
import { kdxError } from '../errors.js';
import type { Parameter } from '../parameters/parameter.js';
import type { HostTensor } from './host-tensor.js';
import { diskShape, fromDisk, toDisk } from './layout.js';

/** Parameters or buffers by name, as a model has them. */
export type ParameterMap = ReadonlyMap<string, Parameter>;

/**
 * A model's parameters and buffers as timm and PyTorch would save them: their names, their layouts. The values are
 * copies; training may go on.
 */
export async function exportState(
  parameters: ParameterMap,
  buffers: ParameterMap,
): Promise<Map<string, HostTensor>> {
  const all = [...parameters, ...buffers];
  const values = await Promise.all(all.map(([, { variable }]) => variable.data()));
  // `slice` because a CPU back end hands out the very array it computes with.
  return new Map(
    all.map(([name, parameter], i) => [name, toDisk(parameter, (values[i] as Float32Array).slice())]),
  );
}

/**
 * Sets every parameter and buffer from `tensors`, which must name exactly them (`num_batches_tracked`, PyTorch's step
 * counter of batch norm, is ignored). Everything is checked before anything is set.
 *
 * @param where What the tensors are from, for messages: a file name.
 * @throws KdxError `KDX_WEIGHTS_MISMATCH` for names that are missing or left over, or shapes that differ.
 */
export function importState(
  parameters: ParameterMap,
  buffers: ParameterMap,
  tensors: ReadonlyMap<string, HostTensor>,
  { where }: { readonly where: string },
): void {
  const wanted = new Map([...parameters, ...buffers]);
  checkNames(wanted, tensors, where);
  const laid = [...wanted].map(([name, parameter]) => {
    const { shape, data } = tensors.get(name)!;
    checkShape(parameter, shape, where);
    return { variable: parameter.variable, ...fromDisk(parameter, Float32Array.from(data)) };
  });
  for (const { variable, shape, data } of laid) {
    const value = tf.tensor(data, [...shape], 'float32');
    variable.assign(value);
    value.dispose();
  }
}

function checkNames(wanted: ParameterMap, given: ReadonlyMap<string, HostTensor>, where: string): void {
  const missing = [...wanted.keys()].filter((name) => !given.has(name));
  const unexpected = [...given.keys()].filter(
    (name) => !wanted.has(name) && !name.endsWith('num_batches_tracked'),
  );
  if (missing.length === 0 && unexpected.length === 0) return;
  const found: string[] = [];
  if (missing.length > 0) found.push(`lacks ${list(missing, () => '')}`);
  if (unexpected.length > 0)
    found.push(`has the unknown ${list(unexpected, (name) => didYouMean(name, missing))}`);
  throw kdxError(
    'KDX_WEIGHTS_MISMATCH',
    `"${where}" ${found.join(' and ')}; name the model these weights were saved from, with its options.`,
  );
}

/** The first five names and how many there are in all. */
function list(names: readonly string[], hint: (name: string) => string): string {
  const shown = names
    .slice(0, 5)
    .map((name) => `"${name}"${hint(name).replace(' Did', ' (did').replace(/\?$/, '?)')}`);
  const count = `${names.length} tensor${names.length === 1 ? '' : 's'}`;
  return `${count}: ${shown.join(', ')}${names.length > 5 ? ', …' : ''}`;
}

function checkShape(parameter: Parameter, shape: readonly number[], where: string): void {
  const wanted = diskShape(parameter);
  if (wanted.length === shape.length && wanted.every((size, axis) => size === shape[axis])) return;
  throw kdxError(
    'KDX_WEIGHTS_MISMATCH',
    `"${parameter.name}" is [${shape.join(', ')}] in "${where}" and [${wanted.join(', ')}] in the model; name the model these weights were saved from, with its options.`,
  );
}
