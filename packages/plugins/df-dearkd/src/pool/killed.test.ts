import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { openPool } from '@kdx/data';
import test from 'ava';
import { fillPool } from './fill-pool.test.helper.js';
import { filesOf, temporary } from './pool-writer.test.helper.js';

const program = new URL('fill-pool.test.helper.js', import.meta.url).pathname;

test('a pool whose writer is killed at any time is whole, and ends as one that was not', async (t) => {
  const whole = await temporary(t);
  await fillPool(whole);
  const directory = await temporary(t);
  let kills = 0;
  for (const [batch, delay] of [
    [0, 0],
    [3, 3],
    [6, 9],
  ]) {
    const child = spawn(process.execPath, [program, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(child, 'exit');
    await new Promise<void>((begun) => {
      child.stdout.on('data', (text) => {
        if (Math.max(...String(text).trim().split('\n').map(Number)) >= batch) begun();
      });
      child.once('exit', () => begun());
    });
    await setTimeout(delay);
    child.kill('SIGKILL');
    if ((await exit)[1] === 'SIGKILL') kills += 1;
    const pool = await openPool(directory, { checkPixels: true });
    t.is(pool.entries.length, 4 * pool.batches - (pool.batches === 12 ? 1 : 0));
  }
  t.true(kills > 0);
  await fillPool(directory);
  const files = await filesOf(directory);
  // A killed process leaves at most the half-written file it was at, which is no image and no batch.
  for (const path of files.keys()) if (/\.tmp(-\d+)?$/.test(path)) files.delete(path);
  t.deepEqual(files, await filesOf(whole));
});
