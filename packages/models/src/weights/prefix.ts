import { kdxError } from '../errors.js';

/** What wrappers put before the names of a model: DataParallel, torch.compile, Lightning, training scripts. */
const WRAPPERS = /^((module|model|state_dict|_orig_mod|net|network|backbone|student|teacher|ema)\.)+$/;

/**
 * What stands before the names of a model in a file, such as `module.`; the empty text where its class head has its own name, or
 * none of that name is there.
 * @param names of the file's tensors
 * @param classHead name of the class head's weight
 * @throws KdxError `KDX_WEIGHTS_MISMATCH` for a file that holds several such models
 */
export function namePrefix(file: string, names: readonly string[], classHead: string): string {
  if (names.includes(classHead)) return '';
  const shareOf = (prefix: string): number =>
    names.filter((name) => name.startsWith(prefix)).length / names.length;
  const found = names
    .filter((name) => name.endsWith(`.${classHead}`))
    .map((name) => name.slice(0, -classHead.length))
    // A layer inside may have the class head's last name, as in `layer1.0.se.fc.weight`.
    .filter((prefix) => WRAPPERS.test(prefix) || shareOf(prefix) > 0.5);
  const outer = found.filter(
    (prefix) => !found.some((other) => other !== prefix && prefix.startsWith(other)),
  );
  if (outer.length < 2) return outer[0] ?? '';
  throw kdxError(
    'KDX_WEIGHTS_MISMATCH',
    `"${file}" holds several models: its names begin with ${outer.map((prefix) => `"${prefix}"`).join(' and ')}; save one of them alone, without what stands before its names.`,
  );
}

/** The tensors under the names that a model has. */
export const withoutPrefix = <T>(tensors: ReadonlyMap<string, T>, prefix: string): ReadonlyMap<string, T> =>
  prefix === ''
    ? tensors
    : new Map(
        [...tensors].map(([name, tensor]) => [
          name.startsWith(prefix) ? name.slice(prefix.length) : name,
          tensor,
        ]),
      );
