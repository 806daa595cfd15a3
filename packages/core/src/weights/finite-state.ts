import { type KdxError } from '@kdx/tensor';
import type { Model } from '../contracts/model.js';
import { kdxError } from '../errors.js';

/** Where numbers of a tensor are not finite. */
export interface NonFinite {
  /** The first such number: NaN, Infinity or -Infinity. */
  readonly value: number;
  /** How many there are. */
  readonly count: number;
}

/** Looks for NaN and infinities; undefined where there is none. */
export function nonFiniteIn(values: ArrayLike<number>): NonFinite | undefined {
  let found: number | undefined;
  let count = 0;
  for (let i = 0; i < values.length; i += 1) {
    if (Number.isFinite(values[i])) continue;
    found ??= values[i];
    count += 1;
  }
  return found === undefined ? undefined : { value: found, count };
}

/** `KDX_WEIGHTS_NON_FINITE`: weights that no output of any use can come from. */
export const nonFiniteWeights = (
  where: string,
  tensor: string,
  size: number,
  { value, count }: NonFinite,
): KdxError =>
  kdxError(
    'KDX_WEIGHTS_NON_FINITE',
    `${where} holds ${value} in the tensor "${tensor}" (${count} of ${size} numbers), so whatever it says is not a number; give weights of a training that went well, or download the file again.`,
  );

/**
 * Makes sure that every parameter and buffer of a model is finite.
 * @param where how the error calls the model
 * @throws KdxError `KDX_WEIGHTS_NON_FINITE` naming the first tensor that is not
 */
export async function checkFiniteModel({ parameters, buffers }: Model, where: string): Promise<void> {
  for (const [name, { variable }] of [...parameters, ...buffers]) {
    const found = nonFiniteIn(await variable.data());
    if (found) throw nonFiniteWeights(where, name, variable.size, found);
  }
}
