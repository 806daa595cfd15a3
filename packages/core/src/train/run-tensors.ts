import type { HostTensor, Optimizer, Parameter } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { Composition } from '../compose/composition.js';
import type { Clock } from '../contracts/schedule.js';
import { kdxError } from '../errors.js';

export const STUDENT_PREFIX = 'student/';
export const modulePrefix = (id: string): string => `module/${id}/`;

/** What can learn in a run, by its name in a checkpoint: the student's parameters and those of every helper module. */
export function runParameters({ student, modules }: Composition): Map<string, Parameter> {
  const parameters = prefixed(STUDENT_PREFIX, student.parameters);
  for (const [id, { store }] of modules)
    for (const entry of prefixed(modulePrefix(id), store.parameters)) parameters.set(...entry);
  return parameters;
}

/** {@link runParameters} and the buffers beside them. */
export function runVariables(composition: Composition): Map<string, Parameter> {
  const { student, modules } = composition;
  const variables = new Map([...runParameters(composition), ...prefixed(STUDENT_PREFIX, student.buffers)]);
  for (const [id, { store }] of modules)
    for (const entry of prefixed(modulePrefix(id), store.buffers)) variables.set(...entry);
  return variables;
}

/** A map with the prefix before every name. */
export const prefixed = <T>(prefix: string, group: ReadonlyMap<string, T>): Map<string, T> =>
  new Map([...group].map(([name, value]) => [prefix + name, value]));

/**
 * Puts a checkpoint's tensors back.
 * @throws KdxError `KDX_CHECKPOINT` when one is missing or has another shape; nothing is changed then.
 */
export function restoreVariables(
  variables: ReadonlyMap<string, Parameter>,
  tensors: ReadonlyMap<string, HostTensor>,
  file: string,
): void {
  for (const [name, { variable }] of variables) {
    const stored = tensors.get(name);
    if (!stored || stored.shape.join() !== variable.shape.join()) {
      throw kdxError(
        'KDX_CHECKPOINT',
        `${file} has ${stored ? `[${stored.shape}]` : 'nothing'} for ${name}, which is [${variable.shape}] in this run; resume with the plugins and models it was begun with.`,
      );
    }
  }
  for (const [name, { variable }] of variables) {
    const { data, shape } = tensors.get(name) as HostTensor;
    tf.tidy(() => variable.assign(tf.tensor(data, [...shape], variable.dtype as 'float32')));
  }
}

/** The optimiser forgets what it keeps of helper modules that have left it. */
export function forgetFinished(
  { modules }: Pick<Composition, 'modules'>,
  optimizer: Optimizer,
  { epoch }: Clock,
): void {
  for (const { id, activeUntil, store } of modules.values()) {
    if (epoch < activeUntil) continue;
    for (const name of store.parameters.keys()) optimizer.forget(modulePrefix(id) + name);
  }
}
