import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Implementation, TestFn } from 'ava';

const execute = promisify(execFile);
const ABSENT = 'no Python here has Pillow; on Debian: apt-get install python3-pil';

/** The first Python that has Pillow: `KDX_TEST_PYTHON`, else the one on the path, else the system's. */
async function findPython(): Promise<string | undefined> {
  const named = process.env.KDX_TEST_PYTHON;
  for (const python of named ? [named] : ['python3', '/usr/bin/python3']) {
    const has = await execute(python, ['-c', 'import PIL.Image']).then(
      () => true,
      () => false,
    );
    if (has) return python;
  }
  return undefined;
}

const python = await findPython();

/**
 * Declares what is compared with Pillow: skipped under its name and the reason where there is none, and failing when
 * `KDX_REQUIRE_PILLOW` is `1`.
 */
export function pillowTest(test: TestFn): (title: string, implementation: Implementation<[]>) => void {
  if (python !== undefined) return test;
  if (process.env.KDX_REQUIRE_PILLOW === '1') return (title) => test(title, (t) => t.fail(ABSENT));
  return (title, implementation) => test.skip(`${title} (skipped: ${ABSENT})`, implementation);
}

/** What a script of `test/parity` prints. */
export async function runPillow(script: string, flags: readonly string[]): Promise<unknown> {
  // From `test/dist/parity`.
  const path = fileURLToPath(new URL(`../../parity/${script}`, import.meta.url));
  const { stdout } = await execute(python as string, [path, ...flags]);
  return JSON.parse(stdout);
}
