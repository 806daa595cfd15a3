/**
 * Two methods in one run: DearKD (early features of a CNN, in a first stage) and SHAKE (a shadow head that learns from the student
 * as well), on a small vision transformer. DearKD brings DeiT's distillation token, and SHAKE takes that token as its shadow; none
 * of them knows the others. Claim: every term is in the loss, the hidden loss falls and is not computed after the first stage, and
 * the exported student has nothing of the helpers.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dearkd } from '@kdx/plugin-dearkd';
import { shake } from '@kdx/plugin-shake';
import { distill } from '@kdx/run';
import { readSafetensorsHeader } from '@kdx/tensor';
import { type BackendName, backendFlag, DEFAULT_BACKEND } from './support/choose-backend.js';

export interface DearkdShakeResult {
  /** Terms that were computed, by epoch. */
  readonly terms: readonly (readonly string[])[];
  /** Mean of the hidden loss in each epoch of the first stage. */
  readonly hidden: readonly number[];
  /** Names of the tensors in the exported student. */
  readonly exported: readonly string[];
}

export async function dearkdShake(
  say: (line: string) => void = () => {},
  backend: BackendName = DEFAULT_BACKEND,
): Promise<DearkdShakeResult> {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-dearkd-shake-'));
  const common = {
    data: 'shapes?classes=4&clutter=0&train=256&validation=0&test=64',
    batch: 32,
    backend,
  } as const;
  const teacher = await distill({ ...common, student: 'convnet?width=8', epochs: 2, lr: 1e-2, out: false });
  const epochs: Readonly<Record<string, number>>[] = [];
  const run = await distill({
    ...common,
    student: 'deit_tiny_patch16_224?img=32&patch=8&dim=32&depth=3&heads=2',
    teacher: teacher.student,
    // The order of naming does not matter.
    plugins: [shake(), dearkd({ stage1: 3 })],
    epochs: 4,
    lr: 2e-3,
    out: join(folder, 'run'),
    onEvent: (event) => {
      if (event.type === 'epoch') epochs.push(event.terms);
    },
  });
  const { tensors } = await readSafetensorsHeader(join(folder, 'run', 'student.safetensors'));
  for (const result of [run, teacher]) await result.dispose();
  rmSync(folder, { recursive: true });
  const hidden = epochs.flatMap((terms) => terms['dearkd/hidden'] ?? []);
  say(`terms: ${Object.keys(epochs[0]).join(', ')}`);
  say(`hidden loss by epoch: ${hidden.map((loss) => loss.toFixed(3)).join(', ')}, then none`);
  return { terms: epochs.map(Object.keys), hidden, exported: [...tensors.keys()] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await dearkdShake(console.log, backendFlag());
