import { isKdxError, KdxError, messageOf } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { inPlugin } from '../plugin-scope.js';
import { isGaveUp, settle } from './settle.js';

interface Phase {
  readonly plugin: string;
  /** The plugin as messages name it. */
  readonly called: string;
  readonly phase: 'configure' | 'setup';
  readonly timeoutMs: number;
}

/**
 * Runs one phase of a plugin, with its name in whatever goes wrong.
 * @throws KdxError `KDX_PLUGIN_HANGS`, `KDX_PLUGIN_FAILED`, or the code of what the plugin throws
 */
export async function runPhase(
  { plugin, called, phase, timeoutMs }: Phase,
  run: () => void | Promise<void> | undefined,
): Promise<void> {
  try {
    await settle(() => inPlugin(plugin, run), {
      timeoutMs,
      hung: () =>
        kdxError(
          'KDX_PLUGIN_HANGS',
          `Plugin ${called} did not finish ${phase}() within ${timeoutMs / 1000} s; look for a promise that is never resolved, or give it longer with --set hookTimeout=SECONDS.`,
        ),
    });
  } catch (thrown) {
    const cause = isGaveUp(thrown) ? thrown.error : thrown;
    // Errors about what a plugin asked for mostly name the plugin; those of a library that it uses do not.
    const named =
      isKdxError(cause) && [`"${plugin}"`, `${plugin}/`].some((name) => cause.message.includes(name));
    if (named) throw cause;
    throw new KdxError(
      isKdxError(cause) ? cause.code : 'KDX_PLUGIN_FAILED',
      `Plugin ${called} failed in ${phase}(): ${messageOf(cause)}`,
      { cause },
    );
  }
}
