import { type Exit, isKdxError, type KdxError, messageOf } from '@kdx/tensor/errors';
import pc from 'picocolors';
import { complain, exitNow } from '../process/own-process.js';

/** What exit codes mean. */
export const EXIT = { internal: 1, usage: 2, failed: 3, interrupted: 130 } as const;

/** The line on them in every help. */
export const EXIT_CODES = `Exit codes: 0 done, ${EXIT.internal} fault of kdx, ${EXIT.usage} wrong usage, ${EXIT.failed} failed, ${EXIT.interrupted} interrupted.`;

/** The exit code that an error ends kdx with. One of a copy of kdx that knows no exits is a failure. */
export const exitCode = ({ exit }: Pick<KdxError, 'exit'>): number => STATUS[exit] ?? EXIT.failed;

const STATUS: Readonly<Partial<Record<Exit, number>>> = {
  internal: EXIT.internal,
  usage: EXIT.usage,
  failure: EXIT.failed,
  interrupted: EXIT.interrupted,
};

/** Prints an error as one sentence with its code and ends the process. A stack is shown for faults of kdx only. */
export function fail(error: unknown): never {
  if (!isKdxError(error)) {
    complain(`${pc.red('KDX_INTERNAL')} ${stackOf(error)}`);
    complain('This is a fault of kdx; please report it with the lines above.');
    exitNow(EXIT.internal);
  }
  complain(`${pc.red(error.code)} ${error.message}`);
  exitNow(exitCode(error));
}

function stackOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.stack : error);
  } catch {
    return messageOf(error);
  }
}
