/** How a person, or a parent process, asks a command to end. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Stops listening. */
  release(): void;
}

/**
 * Listens for Ctrl-C, SIGTERM, and the end of the channel to a parent such as "kdx bench". A second Ctrl-C leaves at once.
 * @param say tells a person that the first was heard
 */
export function listenForInterrupt(say: () => void): Interrupt {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    say();
  };
  const onOrphaned = (): void => controller.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('disconnect', onOrphaned);
  return {
    signal: controller.signal,
    release: () =>
      void process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('disconnect', onOrphaned),
  };
}
