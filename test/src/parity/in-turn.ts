/** Runs each piece of work once, by its key, and one at a time: the current back end is the process's. */
export function inTurn<Result>(): (key: string, work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  const done = new Map<string, Promise<Result>>();
  return (key, work) => {
    const known = done.get(key);
    if (known) return known;
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    done.set(key, mine);
    return mine;
  };
}
