import { sep } from 'node:path';

/**
 * The shortest names that tell folders apart: what is left of their paths without the beginning and the end that all share,
 * so that `bench/runs/plain/seed-0` and `bench/runs/kd/seed-0` are `plain` and `kd`.
 */
export function runNames(directories: readonly string[]): string[] {
  const paths = directories.map((directory) => directory.split(sep).filter((part) => part !== ''));
  if (paths.length === 0) return [];
  if (paths.length === 1) {
    const [path] = paths;
    // The seed of a comparison alone would not say what it is the seed of.
    return [path.slice(/^seed-\d+$/.test(path.at(-1) ?? '') ? -2 : -1).join('/')];
  }
  const sharedBy = (of: readonly (readonly string[])[]): number => {
    const room = Math.min(...of.map((path) => path.length - 1));
    let shared = 0;
    while (shared < room && of.every((path) => path[shared] === of[0][shared])) shared += 1;
    return shared;
  };
  const short = paths.map((path) => path.slice(sharedBy(paths)));
  const end = sharedBy(short.map((path) => [...path].reverse()));
  return short.map((path) => path.slice(0, path.length - end).join('/'));
}
