/** A request that did not bring all. */
export class TransferFailure extends Error {
  constructor(
    message: string,
    /** Whether the same address may do better next time. */
    readonly again: boolean,
    /** Whether the server holds its answer for whole: then the bytes that came are no progress. */
    readonly answeredWhole = false,
  ) {
    super(message);
  }
}
