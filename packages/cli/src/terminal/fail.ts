import { isKdxError, messageOf } from '@kdx/tensor/errors';
import pc from 'picocolors';
import { complain, exitNow } from '../process/own-process.js';

/** What exit codes mean. */
export const EXIT = { internal: 1, usage: 2, failed: 3, interrupted: 130 } as const;

/** The line on them in every help. */
export const EXIT_CODES = `Exit codes: 0 done, ${EXIT.internal} fault of kdx, ${EXIT.usage} wrong usage, ${EXIT.failed} failed, ${EXIT.interrupted} interrupted.`;

/** Refused because of what was typed, before anything ran; whatever else goes wrong is a failure. */
const USAGE = [
  /^KDX_(CACHE_DIRECTORY$|CONFIG|SET$|RANGE$|SCHEDULE_|RUN_(MISSING|EXISTS|BUSY|BROKEN)|RECIPE|ARM_|BENCH_(CHANGED|SAME|SPLIT|RUN)|BEST_AVERAGE$|RESUME_|CHECKPOINT$|SMOOTHING_RANGE$|NO_IMAGES$|IMAGE_QUALITY$|READ_FAILED$)/,
  /^KDX_(PLUGIN_(?!FAILED|HANGS|EXIT|STRAY)|REQUIRES|CONFLICT|TEACHER_MISSING|TAP_|HEAD_|ADAPT_|CLASS_(COUNT|NAMES)|BACKEND_(UNKNOWN|SETTING|PRECISION)|OPTIMIZER_INVALID)/,
  // What a plugin asks of a run, and what is not there.
  /^KDX_(TERM_(TWICE|GROUP|UNKNOWN)|MODULE_(TWICE|UNKNOWN|INPUTS)|SLOT_|SUPERSEDE$|REF$|FROZEN$|HOOK_UNKNOWN$|PARAMETER_)/,
  /^KDX_ATTENTION_/,
  /^KDX_FETCH_(UNKNOWN|OFFLINE|CATALOGUE|BUSY|PROXY)/,
  /^KDX_UI_PORT$/,
  /^KDX_NODE_VERSION$/,
  // Of the plugins that come with kdx: what their options or models do not fit.
  /^KDX_(DEARKD|SHAKE|TF_FD|INVERT)_/,
  /^KDX_(SYNTH_(?!FILTER|REPEATS)|POOL_(?!BROKEN))/,
  /^KDX_(MODEL_(?!OUTPUT)|WEIGHTS_(MISSING|MISMATCH|FORMAT|MALFORMED|TRUNCATED|NON_FINITE)|DATA_(SMALL|EMPTY|STATISTICS|SHAPE|UNKNOWN|FAMILY|OPTION|SPEC|SPLIT|SUBSET|AUGMENT|MISSING))/,
];

/** The exit code that an error ends kdx with. */
export function exitCode(code: string): number {
  if (code === 'KDX_INTERRUPTED') return EXIT.interrupted;
  return USAGE.some((pattern) => pattern.test(code)) ? EXIT.usage : EXIT.failed;
}

/** Prints an error as one sentence with its code and ends the process. A stack is shown for faults of kdx only. */
export function fail(error: unknown): never {
  if (!isKdxError(error)) {
    complain(`${pc.red('KDX_INTERNAL')} ${stackOf(error)}`);
    complain('This is a fault of kdx; please report it with the lines above.');
    exitNow(EXIT.internal);
  }
  const { code, message } = error;
  complain(`${pc.red(code)} ${message}`);
  exitNow(exitCode(code));
}

function stackOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.stack : error);
  } catch {
    return messageOf(error);
  }
}
