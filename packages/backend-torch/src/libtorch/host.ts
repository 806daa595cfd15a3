import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** What searching and building depend on, so that tests can put another machine in its place. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** `x64`, `arm64`, …: Node's name of the processor. */
  readonly arch: string;
  /** Python executables that are tried besides those on `PATH`. */
  readonly pythons: readonly string[];
  /** Folders with `lib` and `include` in which a system's package manager puts libtorch. */
  readonly prefixes: readonly string[];
}

/** The machine that kdx runs on. */
export function thisHost(): Host {
  const { env, platform, arch } = process;
  const brew = searchPath(env).find((folder) => folder.endsWith('brew/bin'));
  const prefixes = [
    env.HOMEBREW_PREFIX ?? (brew === undefined ? '' : dirname(brew)),
    ...(platform === 'darwin' ? ['/opt/homebrew', '/usr/local'] : ['/usr', '/usr/local']),
  ];
  return {
    env,
    platform,
    arch,
    pythons: ['/usr/bin/python3', '/usr/local/bin/python3', '/opt/homebrew/bin/python3'],
    prefixes: prefixes.filter((prefix) => prefix !== ''),
  };
}

/** The folders of `PATH`. */
export const searchPath = (env: Host['env']): string[] =>
  (env.PATH ?? '').split(':').filter((folder) => folder !== '');

/**
 * Where built bridges and what was learnt about Pythons are kept: `KDX_TORCH_BUILD`, else `kdx/torch` in the user's
 * cache folder.
 */
export function cacheFolder({ env, platform }: Host): string {
  if (env.KDX_TORCH_BUILD) return env.KDX_TORCH_BUILD;
  const home = env.HOME ?? homedir();
  const caches = platform === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache');
  return join(env.XDG_CACHE_HOME || caches, 'kdx', 'torch');
}

/** Debian's name for a processor, which its folders of libraries bear: `x86_64-linux-gnu`. */
export function multiarch({ arch }: Host): string {
  const names: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', ppc64: 'powerpc64le' };
  return `${names[arch] ?? arch}-linux-gnu`;
}
