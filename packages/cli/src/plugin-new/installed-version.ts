import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { KDX_VERSION } from '@kdx/run';

const require = createRequire(import.meta.url);

/** The version of a package that this kdx works with. */
export function installedVersion(packageName: string): string {
  // All packages of kdx are released together, under one version.
  if (packageName.startsWith('@kdx/')) return KDX_VERSION;
  const manifest = require.resolve(`${packageName}/package.json`);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
