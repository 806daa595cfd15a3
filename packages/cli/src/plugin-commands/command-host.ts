import type { CommandHost } from '@kdx/core';
import { checkFolder, hashFile, openNames, selectBackend, withAssignments } from '@kdx/run/parts';
import pc from 'picocolors';
import { console, ownStdout } from '../process/own-process.js';
import { listenForInterrupt } from '../terminal/interrupt.js';
import { warnOnStderr } from '../terminal/warn-on-stderr.js';

/** What commands of plugins get of `kdx`. */
export const COMMAND_HOST: CommandHost = {
  stdout: ownStdout,
  print: (line) => console.log(line),
  note: (line) => console.error(pc.dim(line)),
  warn: warnOnStderr,
  checkFolder,
  openNames,
  selectBackend: (flags) => selectBackend(flags.backend, flags),
  hashFile,
  withAssignments,
  listenForInterrupt,
};
