import { isKdxError, type KdxError } from './kdx-error.js';

/** The error that something ends with whose signal has fired: the signal's reason where that is an error of kdx. */
export function endedBy({ reason }: AbortSignal, otherwise: () => KdxError): KdxError {
  return isKdxError(reason) ? reason : otherwise();
}
