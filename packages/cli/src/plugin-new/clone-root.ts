import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the clone that this kdx is run from, or undefined where npm installed it. */
export function cloneRoot(): string | undefined {
  const root = dirname(dirname(fileURLToPath(new URL('../..', import.meta.url))));
  return existsSync(join(root, 'pnpm-workspace.yaml')) ? root : undefined;
}
