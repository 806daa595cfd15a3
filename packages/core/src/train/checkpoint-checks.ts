import { isDeepStrictEqual } from 'node:util';
import type { HostTensor } from '@kdx/tensor';
import type { PluginState } from '../contracts/hook.js';
import { kdxError } from '../errors.js';

/**
 * A last step whose gradient was not finite leaves finite losses and lost weights; they must not replace good ones.
 * @param kept the checkpoint that would be replaced, if there is one
 * @throws KdxError `KDX_NON_FINITE`
 */
export function checkFiniteWeights(
  tensors: ReadonlyMap<string, HostTensor>,
  step: number,
  kept: string | undefined,
): void {
  for (const [name, { data }] of tensors) {
    if (!/^(student|module)\//.test(name) || (data as Float32Array).every(Number.isFinite)) continue;
    const saved = kept ? `the last good checkpoint is ${kept}` : 'no checkpoint was written before it';
    throw kdxError(
      'KDX_NON_FINITE',
      `${name} is not finite after step ${step}; ${saved}. Try a smaller --lr or a gradient limit (--set clip=1).`,
    );
  }
}

/** @throws KdxError `KDX_PLUGIN_STATE` for what JSON would change in silence: NaN, a Map, a typed array. */
export function checkPluginState(plugin: string, state: PluginState): void {
  for (const [key, value] of Object.entries(state)) {
    // Not there and undefined read the same after a resume.
    if (value === undefined) continue;
    const text = JSON.stringify(value);
    if (text !== undefined && isDeepStrictEqual(JSON.parse(text), value)) continue;
    throw kdxError(
      'KDX_PLUGIN_STATE',
      `Plugin "${plugin}" saves "${key}", which does not survive JSON; save plain objects, arrays, strings and finite numbers.`,
    );
  }
}
