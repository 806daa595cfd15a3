import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Implementation, TestFn } from 'ava';

/** From `test/dist/support`. */
const PROJECT_ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const ABSENT = 'the real test data is absent; set KDX_TEST_DATA to the folder that holds unpack.mjs';

/**
 * The folder of the real test data: `KDX_TEST_DATA`, else `../shared/data` beside the project; `undefined` where there
 * is none.
 * @throws Error when `KDX_TEST_DATA` is set and names no such folder.
 */
export function testDataDirectory(): string | undefined {
  const named = process.env.KDX_TEST_DATA;
  const directory =
    named === undefined || named === '' ? join(PROJECT_ROOT, '../shared/data') : resolve(named);
  if (existsSync(join(directory, 'unpack.mjs'))) return realpathSync(directory);
  if (named) throw new Error(`KDX_TEST_DATA is "${named}", which holds no unpack.mjs.`);
  return undefined;
}

/** CIFAR-100 in its official binary layout, unpacked once per machine; `undefined` without test data. */
export function cifar100Directory(): string | undefined {
  const unpacked = unpackedDirectory();
  return unpacked === undefined ? undefined : join(unpacked, 'cifar-100-binary');
}

/** Path of a trained teacher's file, e.g. `cifar100_resnet56.safetensors`; `undefined` where it is absent. */
export function teacherWeights(name: string): string | undefined {
  const directory = testDataDirectory();
  const file = directory === undefined ? undefined : join(directory, 'teachers', name);
  return file !== undefined && existsSync(file) ? file : undefined;
}

/**
 * `test` for what needs the real data: where that is absent the test is skipped under its name, and fails when
 * `KDX_REQUIRE_DATA` is `1`, so that no skip goes unseen in CI.
 */
export function realDataTest<Context>(
  test: TestFn<Context>,
): (title: string, implementation: Implementation<[], Context>) => void {
  if (testDataDirectory() !== undefined) return (title, implementation) => test(title, implementation);
  if (process.env.KDX_REQUIRE_DATA === '1') return (title) => test(title, (t) => t.fail(ABSENT));
  return (title, implementation) => test.skip(title, implementation);
}

/** Where `unpack.mjs` has put the data sets, in a cache under the temporary directory. */
function unpackedDirectory(): string | undefined {
  const data = testDataDirectory();
  if (data === undefined) return undefined;
  const script = join(data, 'unpack.mjs');
  const { size, mtimeMs } = statSync(script);
  const key = createHash('sha256').update(`${script}\n${size}\n${mtimeMs}`).digest('hex').slice(0, 12);
  const cache = join(tmpdir(), `kdx-test-data-${key}`);
  if (existsSync(cache)) return cache;
  // Two processes may both unpack; the first rename wins, and nobody ever sees a folder half full.
  const ours = mkdtempSync(`${cache}-`);
  try {
    execFileSync(process.execPath, [script, ours], { stdio: ['ignore', 'ignore', 'inherit'] });
    renameSync(ours, cache);
  } catch (error) {
    rmSync(ours, { recursive: true, force: true });
    if (!existsSync(cache)) throw error;
  }
  return cache;
}
