import { chosenExitCode, exitNow, ownStdout } from '../process/own-process.js';
import { fail } from './fail.js';
import { lostOutput } from './output.js';

/**
 * Ends the process once all that was printed is out, with the exit code set so far. Needed wherever code of others was
 * loaded: a timer or socket that a plugin leaves open would keep the process for as long.
 */
export async function leave(): Promise<never> {
  // Writes go out in order, so the end of an empty one is the end of all; to a reader that is gone it fails, which is an end.
  for (const stream of [ownStdout, process.stderr]) {
    await new Promise<void>((written) => stream.write('', () => written()));
  }
  const lost = lostOutput();
  if (lost && chosenExitCode() === 0) fail(lost);
  exitNow(chosenExitCode());
}
