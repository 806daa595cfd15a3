import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conformance } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { dfDearkd } from './index.js';
import { noisePool } from './tiny-pool.test.helper.js';

await tf.setBackend('cpu');

const folder = mkdtempSync(join(tmpdir(), 'kdx-conformance-'));
const pool = join(folder, 'pool');
await noisePool(pool);
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const DECISION =
  'cross-entropy with the teacher’s decision asks for more than to agree: it falls on without end.';

conformance(test, {
  plugin: dfDearkd,
  // A pool's classes are those of the network it was made from.
  classCounts: [5],
  cases: [
    { options: { pool }, minimum: { 'dearkd/hidden': 0, 'deit/kd': DECISION } },
    { options: { pool: `${pool}?per-class=3`, dearkd: false }, student: 'cnn', teachers: 0 },
  ],
});
