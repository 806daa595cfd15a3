import { join } from 'node:path';
import test from 'ava';
import { poolSheet } from './pool-sheet.js';
import { writePool } from './pools.test.helper.js';
import { temporaryFolder } from './runs.test.helper.js';

test('of a pool the part that the run was trained on is shown', async (t) => {
  const pool = await writePool(join(temporaryFolder(t), 'pool'), [0.9, 0.05, 0.8, 0.3]);
  const of = (query: string) => poolSheet({ config: { data: `pool:${pool}${query}` } });
  const [all, half, one] = await Promise.all([
    of(''),
    of('?threshold=0.3'),
    of('?threshold=0.1&per-class=1'),
  ]);
  t.deepEqual(
    [all, half, one].map(({ view }) => view?.images),
    [4, 3, 2],
  );
  t.is(new Set([all, half, one].map(({ sheet }) => sheet)).size, 3, 'other images, other sheets');
  t.is(new Set([all, half, one].map(({ view }) => view?.sheet)).size, 3, 'other sheets, other hashes');
  const none = await of('?threshold=0.95');
  t.is(none.view, undefined);
  t.regex(none.note ?? '', /is not shown: .*threshold is 0\.95/);
});

test('a pool of df-dearkd is found by the options of the run, below the folder it was begun in', async (t) => {
  const root = temporaryFolder(t);
  await writePool(join(root, 'my "pool"'), [0.9, 0.05]);
  const plugins = [`kd@0.1.0 {"pool":"no"}`, `df-dearkd@0.1.0 {"pool":"my \\"pool\\"?threshold=0.1"}`];
  const { view, sheet } = await poolSheet({ cwd: root, config: {}, pinned: { plugins } });
  t.like(view, { name: 'my "pool"?threshold=0.1', images: 1 });
  t.regex(sheet ?? '', /^data:image\/svg\+xml;base64,/);
});
