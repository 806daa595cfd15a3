import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Implementation, TestFn } from 'ava';
import type { ParityCase } from './cases.js';
import { type Losses, startFiles } from './kdx-steps.js';

const execute = promisify(execFile);
/** From `test/dist/parity`. */
const SCRIPT = fileURLToPath(new URL('../../parity/twenty_steps.py', import.meta.url));
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

/** Trains a case in PyTorch from the files that a run of kdx left in a folder. */
export async function pytorchSteps(
  { name, optimizer, lr, weightDecay }: ParityCase,
  folder: string,
  precision: 'float32' | 'float64' = 'float32',
): Promise<Losses> {
  const { student, teacher, batches } = startFiles(folder);
  const { stdout } = await execute(python as string, [
    SCRIPT,
    ...['--case', name, '--student', student, '--teacher', teacher, '--batches', batches],
    ...['--optimizer', optimizer, '--lr', String(lr), '--weight-decay', String(weightDecay)],
    ...['--precision', precision],
  ]);
  const { losses, evaluation_loss } = JSON.parse(stdout) as { losses: number[]; evaluation_loss: number };
  return { losses, evaluationLoss: evaluation_loss };
}
