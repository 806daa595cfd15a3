import { torchBackend } from '@kdx/backend-torch';
import type { Implementation, TestFn } from 'ava';

type Declare<Context> = (title: string, implementation: Implementation<[], Context>) => void;

const { available, reason } = await torchBackend().probe();

/**
 * `test` for what runs on the torch back end, whatever the back end under test is: where that does not load the test is
 * skipped under its name and the reason, and fails when `KDX_REQUIRE_TORCH` is `1`, so that no skip goes unseen in CI.
 * @param declare what declares it otherwise; by default `test`
 */
export function torchTest<Context>(
  test: TestFn<Context>,
  declare: Declare<Context> = test,
): Declare<Context> {
  if (available) return (title, implementation) => declare(`${title} (torch)`, implementation);
  if (process.env.KDX_REQUIRE_TORCH === '1')
    return (title) => test(`${title} (torch)`, (t) => t.fail(reason));
  return (title, implementation) => test.skip(`${title} (torch; skipped: ${reason})`, implementation);
}
