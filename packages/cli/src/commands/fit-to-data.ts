import type { BuildOptions, DataSource } from '@kdx/core';
import { warnOnStderr } from '../terminal/warn-on-stderr.js';

/** Build options of a trained model for the data that it is measured on; contradictions of its file are printed on stderr. */
export const fitTo = ({ labelNames, imageSize, mean, std }: DataSource): BuildOptions => ({
  classes: labelNames.length,
  imageSize,
  mean,
  std,
  labelNames,
  onWarning: warnOnStderr,
});
