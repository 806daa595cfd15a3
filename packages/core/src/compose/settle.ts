/** How long to wait for a promise of someone else's. */
export interface Patience {
  readonly timeoutMs: number;
  /** When to say that it takes long; never when it is not before the timeout. */
  readonly slowMs?: number;
  readonly onSlow?: () => void;
  /** Makes the error for a promise that did not settle in time. */
  readonly hung: () => Error;
}

/** A failure of the one who waits and not of what was waited for. */
export class GaveUp extends Error {
  constructor(readonly error: unknown) {
    super('gave up waiting');
  }
}

/** Whether waiting was given up; whatever else was thrown may be a proxy that throws when it is looked at. */
export function isGaveUp(thrown: unknown): thrown is GaveUp {
  try {
    return thrown instanceof GaveUp;
  } catch {
    return false;
  }
}

/**
 * What `run` gives, waited for no longer than `timeoutMs`.
 * @throws GaveUp with the error of `hung` or of `onSlow`; else what `run` throws
 */
export async function settle<T>(
  run: () => T | PromiseLike<T>,
  { timeoutMs, slowMs = Number.POSITIVE_INFINITY, onSlow, hung }: Patience,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const impatient = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(new GaveUp(hung()));
    const say = (): void => {
      timer = setTimeout(giveUp, timeoutMs - slowMs);
      try {
        onSlow?.();
      } catch (error) {
        reject(new GaveUp(error));
      }
    };
    timer = slowMs < timeoutMs ? setTimeout(say, slowMs) : setTimeout(giveUp, timeoutMs);
  });
  try {
    return await Promise.race([run(), impatient]);
  } finally {
    clearTimeout(timer);
  }
}
