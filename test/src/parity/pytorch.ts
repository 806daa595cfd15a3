import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Implementation, TestFn } from 'ava';

const execute = promisify(execFile);
const ABSENT = 'no Python here has PyTorch and numpy; on Debian: apt-get install python3-torch';

/** The first Python that has PyTorch: `KDX_TEST_PYTHON`, else the one on the path, else the system's. */
async function findPython(): Promise<string | undefined> {
  const named = process.env.KDX_TEST_PYTHON;
  for (const python of named ? [named] : ['python3', '/usr/bin/python3']) {
    const has = await execute(python, ['-c', 'import torch, numpy']).then(
      () => true,
      () => false,
    );
    if (has) return python;
  }
  return undefined;
}

const python = await findPython();

type Declare = (title: string, implementation: Implementation<[]>) => void;

/**
 * Declares what is compared with PyTorch: skipped under its name and the reason where there is none, and failing when
 * `KDX_REQUIRE_PYTORCH` is `1`.
 * @param declare what declares it otherwise; by default `test`
 */
export function pytorchTest(test: TestFn, declare: Declare = test): Declare {
  if (python !== undefined) return declare;
  if (process.env.KDX_REQUIRE_PYTORCH === '1') return (title) => test(title, (t) => t.fail(ABSENT));
  return (title, implementation) => test.skip(`${title} (skipped: ${ABSENT})`, implementation);
}

/** What a script of `test/parity` prints. */
export async function runPytorch(script: string, flags: readonly string[]): Promise<unknown> {
  // From `test/dist/parity`.
  const path = fileURLToPath(new URL(`../../parity/${script}`, import.meta.url));
  const { stdout } = await execute(python as string, [path, ...flags]);
  return JSON.parse(stdout);
}
