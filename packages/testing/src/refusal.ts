import { isKdxError, type KdxError } from '@kdx/tensor';
import { kitRun, usingRun } from './kit/run.js';
import type { Subject } from './subject.js';

/**
 * Why a case cannot be run, where a run is refused before its first step: it lacks what the plugin requires, or has not the
 * layers that it reads. Undefined where it can be, and where the plugin itself is at fault, which the checks tell.
 */
export async function refusalOf(subject: Subject): Promise<KdxError | undefined> {
  try {
    await (await kitRun(subject)).dispose();
  } catch (error) {
    if (isKdxError(error) && !error.code.startsWith('KDX_PLUGIN_')) return error;
  }
  return undefined;
}

/** Why a case cannot take its first steps, in an epoch of two batches; undefined where it can. */
export async function stepFault(subject: Subject): Promise<KdxError | undefined> {
  try {
    await usingRun(await kitRun(subject, { train: 8, settings: { epochs: 1 } }), (run) => run.fit());
  } catch (error) {
    if (isKdxError(error)) return error;
    throw error;
  }
  return undefined;
}
