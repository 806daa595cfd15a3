import { parseArgs } from 'node:util';
import type { DistillOptions } from '@kdx/run';

export type BackendName = NonNullable<DistillOptions['backend']>;

const NAMES = ['wasm', 'torch', 'tensorflow', 'auto'] as const satisfies readonly BackendName[];

/** wasm everywhere where nothing else is asked for: it is what every machine has. */
export const DEFAULT_BACKEND: BackendName = 'wasm';

/** What `--backend` says on an example's command line. Wrong usage ends the process. */
export function backendFlag(): BackendName {
  try {
    const { values } = parseArgs({ options: { backend: { type: 'string', default: DEFAULT_BACKEND } } });
    return backendNamed(values.backend, '--backend');
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

/** The back end of the examples' own tests: what `KDX_TEST_BACKEND` names. @throws Error for an unknown name. */
export const testBackend = (): BackendName =>
  backendNamed(process.env.KDX_TEST_BACKEND || DEFAULT_BACKEND, 'KDX_TEST_BACKEND');

function backendNamed(name: string, where: string): BackendName {
  const known = NAMES.find((candidate) => candidate === name);
  if (known === undefined) throw new Error(`${where} takes ${NAMES.join(', ')} and got "${name}".`);
  return known;
}
