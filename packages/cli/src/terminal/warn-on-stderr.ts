import type { RunWarning } from '@kdx/core';
import pc from 'picocolors';
import { console } from '../process/own-process.js';

/** A line on stderr, so that stdout stays what programs read. */
export const warnOnStderr = ({ code, message }: RunWarning): void =>
  console.error(`${pc.yellow(code)} ${message}`);
