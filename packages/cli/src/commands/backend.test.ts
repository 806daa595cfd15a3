import { KdxError } from '@kdx/tensor';
import test from 'ava';
import { program } from '../program.js';

const kdx = (...args: string[]): Promise<unknown> =>
  program(args[0]).then((command) => command.parseAsync(['node', 'kdx', ...args]));

test('a name that has nothing to build is refused with what has', async (t) => {
  const error = await t.throwsAsync(() => kdx('backend', 'build', 'toch'), { instanceOf: KdxError });
  t.is(error.code, 'KDX_BACKEND_UNKNOWN');
  t.is(
    error.message,
    'There is nothing to build for a back end "toch"; what can be built is torch. Did you mean "torch"?',
  );
});

test.serial('without a libtorch it says which was asked for and how to get one', async (t) => {
  const before = process.env.KDX_LIBTORCH;
  t.teardown(() => {
    if (before === undefined) delete process.env.KDX_LIBTORCH;
    else process.env.KDX_LIBTORCH = before;
  });
  process.env.KDX_LIBTORCH = '/no/such/libtorch';
  const error = await t.throwsAsync(() => kdx('backend', 'build', 'torch'), { instanceOf: KdxError });
  t.is(error.code, 'KDX_TORCH_MISSING');
  t.regex(
    error.message,
    /KDX_LIBTORCH is "\/no\/such\/libtorch": there is no such file or folder\); .*pip install torch/,
  );
});
