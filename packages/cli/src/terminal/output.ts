import { type KdxError, messageOf } from '@kdx/tensor/errors';
import { kdxError } from '../errors.js';

/** The reader of a pipe or the terminal is gone, as after `kdx models | head`: what is printed from then on has no reader. */
const READER_GONE = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

let lost: KdxError | undefined;

/**
 * Lets a command do its work although nothing takes what it prints: a run writes its log into its own folder. A full disk is
 * remembered for {@link lostOutput}.
 */
export function guardOutput(): void {
  // Without a listener, Node ends the process with a stack at the first line that is not taken.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (READER_GONE.has(error.code ?? '')) return;
    lost ??= kdxError(
      'KDX_OUTPUT_LOST',
      `What kdx printed could not be written (${messageOf(error)}), so it is not whole; all else is done. Make room, or send the output elsewhere, and give the command again.`,
      { cause: error },
    );
  });
  process.stderr.on('error', () => {});
}

/** `KDX_OUTPUT_LOST` where lines of standard output are missing although someone may want to read them. */
export const lostOutput = (): KdxError | undefined => lost;
