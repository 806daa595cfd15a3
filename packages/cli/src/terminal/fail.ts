import { isKdxError } from '@kdx/core';
import pc from 'picocolors';

/** What exit codes mean. */
export const EXIT = { internal: 1, usage: 2, failed: 3, interrupted: 130 } as const;

const USAGE = /^KDX_(CONFIG|SET|PLUGIN|MODEL|DATA_(UNKNOWN|OPTION|SPEC)|BACKEND_UNKNOWN|TEACHER_MISSING|REQUIRES|CONFLICT|SLOT|TAP|HEAD|ADAPT)/;

/** Prints an error as one sentence with its code and ends the process. A stack is shown for faults of kdx only. */
export function fail(error: unknown): never {
  if (!isKdxError(error)) {
    console.error(pc.red('KDX_INTERNAL'), error instanceof Error ? error.stack : error);
    console.error('This is a fault of kdx; please report it with the lines above.');
    process.exit(EXIT.internal);
  }
  const { code, message } = error as Error & { code: string };
  console.error(`${pc.red(code)} ${message}`);
  if (code === 'KDX_INTERRUPTED') process.exit(EXIT.interrupted);
  process.exit(USAGE.test(code) ? EXIT.usage : EXIT.failed);
}
