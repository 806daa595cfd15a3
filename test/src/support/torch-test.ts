import { torchBackend } from '@kdx/backend-torch';
import type { Implementation, TestFn } from 'ava';

const { available, reason } = await torchBackend().probe();

/**
 * `test` for what runs on the torch back end, whatever the back end under test is: where that does not load the test is
 * skipped under its name and the reason, and fails when `KDX_REQUIRE_TORCH` is `1`, so that no skip goes unseen in CI.
 */
export function torchTest<Context>(
  test: TestFn<Context>,
): (title: string, implementation: Implementation<[], Context>) => void {
  if (available) return (title, implementation) => test(`${title} (torch)`, implementation);
  if (process.env.KDX_REQUIRE_TORCH === '1')
    return (title) => test(`${title} (torch)`, (t) => t.fail(reason));
  return (title, implementation) => test.skip(`${title} (torch; skipped: ${reason})`, implementation);
}
