import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { askPython } from './ask-python.js';
import { type Host, searchPath, thisHost } from './host.js';
import type { Libtorch } from './libtorch.js';
import { inspect, treeBelow } from './tree.js';

/** What a search came to. */
export interface Search {
  /** The first that can be built against; null where there is none. */
  readonly libtorch: Libtorch | null;
  /** What was found before and cannot be used, each with the reason. */
  readonly obstacles: readonly string[];
}

/**
 * Looks for a libtorch with headers: what `KDX_LIBTORCH` names and nothing else, where it is set (a folder with `lib`
 * and `include`, or a Python executable); else the `torch` of a Python on this machine, an active environment's before
 * those on `PATH`; else the system's packages. Never throws. Where Pythons were not asked before, an import of torch
 * takes seconds; it happens in a child process and its outcome is kept.
 */
export async function findLibtorch(host: Host = thisHost()): Promise<Search> {
  if (host.platform === 'win32')
    return { libtorch: null, obstacles: ['the torch back end does not run on Windows; it does under WSL'] };
  const named = host.env.KDX_LIBTORCH;
  if (named) return findNamed(host, resolve(named));
  const obstacles: string[] = [];
  for (const python of pythonsOf(host)) {
    const found = await ofPython(host, python);
    if ('libtorch' in found) return { libtorch: found.libtorch, obstacles };
    if (found.obstacle !== null) obstacles.push(found.obstacle);
  }
  for (const prefix of host.prefixes) {
    const found = inspect(host, treeBelow(host, prefix, 'the system'));
    if ('libtorch' in found) return { libtorch: found.libtorch, obstacles };
    // That a prefix holds nothing of libtorch is the rule and no news; that something is wrong with one is.
    if (!found.obstacle.startsWith('no libtorch_cpu')) obstacles.push(found.obstacle);
  }
  return { libtorch: null, obstacles: [...new Set(obstacles)] };
}

async function findNamed(host: Host, path: string): Promise<Search> {
  const refused = (why: string): Search => ({
    libtorch: null,
    obstacles: [`KDX_LIBTORCH is "${host.env.KDX_LIBTORCH}": ${why}`],
  });
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch {
    return refused('there is no such file or folder');
  }
  const found = isFolder ? inspect(host, treeBelow(host, path, 'KDX_LIBTORCH')) : await ofPython(host, path);
  if ('libtorch' in found) return { libtorch: found.libtorch, obstacles: [] };
  return refused(found.obstacle ?? 'this is no Python that has torch');
}

async function ofPython(
  host: Host,
  python: string,
): Promise<{ readonly libtorch: Libtorch } | { readonly obstacle: string | null }> {
  const asked = await askPython(host, python);
  return 'tree' in asked ? inspect(host, asked.tree) : asked;
}

/** Python executables in the order in which they are asked, each once under all the names it has in one folder. */
export function pythonsOf({ env, pythons }: Host): string[] {
  const environments = [env.VIRTUAL_ENV, env.CONDA_PREFIX].filter((folder) => folder);
  const candidates = [
    ...environments.map((folder) => join(folder!, 'bin/python')),
    ...searchPath(env).flatMap((folder) => [join(folder, 'python3'), join(folder, 'python')]),
    ...pythons,
  ];
  const seen = new Map<string, string>();
  for (const candidate of candidates) {
    try {
      accessSync(candidate, constants.X_OK);
      // A virtual environment's python is a link to another's: the folder it stands in is what tells them apart.
      const key = `${realpathSync(dirname(candidate))}\n${basename(realpathSync(candidate))}`;
      if (!seen.has(key)) seen.set(key, candidate);
    } catch {
      // Not there, or not ours to execute.
    }
  }
  return [...seen.values()];
}
