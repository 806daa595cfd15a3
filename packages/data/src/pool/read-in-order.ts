// Image files are decoded on threads of their own, of which there are usually four.
const AHEAD = 8;

/**
 * What `read` gives of each, in order, some of them read ahead of time. Of several that fail, the first in order is told.
 */
export async function* readInOrder<T, R>(
  all: readonly T[],
  read: (one: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const begun: Promise<R>[] = [];
  for (let i = 0; i < all.length; i += 1) {
    while (begun.length < all.length && begun.length <= i + AHEAD) {
      const reading = read(all[begun.length]);
      // It may fail while nobody awaits it yet, or ever.
      reading.catch(() => {});
      begun.push(reading);
    }
    yield await begun[i];
    delete begun[i];
  }
}
