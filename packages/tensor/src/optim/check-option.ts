import { kdxError } from '../errors.js';

/** @throws KdxError `KDX_OPTIMIZER_INVALID` unless `holds`. */
export function checkOption(
  rule: string,
  option: string,
  value: unknown,
  holds: boolean,
  takes: string,
): void {
  if (holds) return;
  throw kdxError(
    'KDX_OPTIMIZER_INVALID',
    `The optimiser ${rule} was given ${option} ${String(value)}; set optimizer.${option} to ${takes}.`,
  );
}
