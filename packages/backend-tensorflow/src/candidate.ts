import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The packages that bring TensorFlow, the first that works wins. */
export const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** The version whose engine and kernels match the `@tensorflow/tfjs` of this project. */
export const REQUIRED_VERSION = '4.22.0';

const NATIVE_LIBRARY = 'tfjs_binding.node';

/** One of {@link PACKAGES} where it was found. */
export interface Candidate {
  readonly name: string;
  readonly version: string;
  /** Loads modules as the place does in which the package was found. */
  readonly require: NodeJS.Require;
  /** Whether the install script put the native library into the package. */
  readonly hasNativeLibrary: boolean;
}

function hasNativeLibrary(packageDirectory: string): boolean {
  const lib = join(packageDirectory, 'lib');
  return existsSync(lib) && readdirSync(lib).some((abi) => existsSync(join(lib, abi, NATIVE_LIBRARY)));
}

function candidateIn(name: string, directory: string): Candidate | null {
  const require = createRequire(join(directory, 'package.json'));
  let manifest: string;
  try {
    manifest = require.resolve(`${name}/package.json`);
  } catch {
    return null;
  }
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return { name, version, require, hasNativeLibrary: hasNativeLibrary(dirname(manifest)) };
}

/**
 * The packages that can be found, in the order in which they should be tried.
 *
 * @param directories searched in order, each with the `node_modules` of its parents.
 */
export function findCandidates(directories: readonly string[]): Candidate[] {
  return PACKAGES.flatMap((name) => {
    for (const directory of directories) {
      const found = candidateIn(name, directory);
      if (found !== null) return [found];
    }
    return [];
  });
}
