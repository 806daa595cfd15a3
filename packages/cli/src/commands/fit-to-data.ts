import type { BuildOptions, DataSource, RunWarning } from '@kdx/core';
import pc from 'picocolors';
import { console } from '../process/own-process.js';

/** Build options of a trained model for the data that it is measured on; contradictions of its file are printed on stderr. */
export const fitTo = ({ classNames, imageSize, mean, std }: DataSource): BuildOptions => ({
  classes: classNames.length,
  imageSize,
  mean,
  std,
  classNames,
  onWarning: warnOnStderr,
});

/** A line on stderr, so that stdout stays what programs read. */
export const warnOnStderr = ({ code, message }: RunWarning): void =>
  console.error(`${pc.yellow(code)} ${message}`);
