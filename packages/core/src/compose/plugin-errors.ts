import type { KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';

/** Error for a context method called after its phase has ended. */
export const tooLate = (plugin: string, what: string, phase: string): KdxError =>
  kdxError(
    'KDX_FROZEN',
    `Plugin "${plugin}" calls ${what} after the run was wired; do it in ${phase}, before it returns.`,
  );

/** Error for a service that a run makes later than a plugin asks for it. */
export const injectedEarly = (plugin: string, service: string, phase: string): KdxError =>
  kdxError(
    'KDX_INJECT_EARLY',
    `Plugin "${plugin}" injects ${service} ${phase === 'wired' ? 'before the run begins' : `in ${phase}`}, when the run has not made it yet; inject it in a hook, such as fitStart.`,
  );

/** Error for a token that stands for nothing in this run. */
export const injectedMissing = (plugin: string, service: string): KdxError =>
  kdxError(
    'KDX_INJECT_MISSING',
    `Plugin "${plugin}" injects ${service}, which no plugin of this run provides; add the plugin that does to --plugins.`,
  );
