import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { quickstart } from './quickstart.js';
import { testBackend } from './support/choose-backend.js';

const backend = testBackend();

// npm test shows one seed; CI sets KDX_SEEDS=0,1,2.
for (const seed of (process.env.KDX_SEEDS ?? '0').split(',').map(Number)) {
  test.serial(
    `with seed ${seed} the teacher beats the distilled student, and that the plain one (${backend})`,
    async (t) => {
      t.timeout(15 * 60_000);
      const folder = mkdtempSync(join(tmpdir(), 'kdx-quickstart-'));
      const { teacher, distilled, plain, chance } = await quickstart(
        join(folder, 'runs'),
        seed,
        (line) => t.log(line),
        backend,
      );
      rmSync(folder, { recursive: true });
      t.true(teacher > distilled, `teacher ${teacher}, distilled ${distilled}`);
      t.true(distilled > plain, `distilled ${distilled}, plain ${plain}`);
      t.true(plain >= 3 * chance, `plain ${plain}, chance ${chance}`);
    },
  );
}
