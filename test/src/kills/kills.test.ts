import test from 'ava';
import { killJobs } from './kill-jobs.js';

// The short form of npm run test:kills.
test('killed at random moments, runs, pools and comparisons end in the same bytes and leave nothing', async (t) => {
  const report = await killJobs({ kills: 6, seed: 3 });
  t.is(report.kills, 6);
  t.deepEqual(report.differences, []);
  t.deepEqual(report.refusals, []);
  t.deepEqual(report.leftovers, []);
});
