/**
 * A method of one's own in one file: FitNets' hint (Romero et al., 2015). A student stage, passed through a trainable
 * 1×1 convolution, learns to be the teacher's stage. Claim: the hint's loss falls to less than half, and the exported
 * student holds nothing of the helper.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definePlugin } from '@kdx/core';
import { Conv2d, helperModule, meanSquaredError } from '@kdx/nn';
import { distill } from '@kdx/run';
import { readSafetensorsHeader } from '@kdx/tensor';
import { z } from 'zod';
import { type BackendName, backendFlag, DEFAULT_BACKEND } from './support/choose-backend.js';

export const hint = definePlugin({
  name: 'hint',
  version: '1.0.0',
  kdx: '^1.0.0',
  summary: "a student's stage learns to be a teacher's stage (FitNets)",
  requires: ['teacher'],
  options: z.strictObject({
    student: z.string().describe("path of the student's layer"),
    teacher: z.string().describe("path of the teacher's layer"),
    weight: z.number().positive().default(1),
  }),
  setup(ctx, { student, teacher, weight }) {
    const from = ctx.tap('student', student); // [B, H, W, Cs]
    const to = ctx.tap('teacher', teacher); //   [B, H, W, Ct]
    const channels = (ctx.teacher.taps().get(teacher) as readonly number[])[2];
    const regressor = ctx.addModule(
      'regressor',
      helperModule([from], (scope, [[, , Cs]]) => new Conv2d(scope, Cs, channels, 1)),
    );
    ctx.addTerm({
      id: 'mse',
      group: 'hint',
      weight,
      reads: [regressor, to],
      trains: ['student', regressor],
      formula: `‖r(${student}) − ${teacher}‖²`,
      compute: ({ read }) => meanSquaredError(read(regressor), read(to)),
    });
  },
});

export interface OwnPluginResult {
  /** Mean of the hint's loss in the first and the last epoch. */
  readonly first: number;
  readonly last: number;
  /** Names of the tensors in the exported student. */
  readonly exported: readonly string[];
}

export async function ownPlugin(
  say: (line: string) => void = () => {},
  backend: BackendName = DEFAULT_BACKEND,
): Promise<OwnPluginResult> {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-own-plugin-'));
  const common = {
    data: 'shapes?classes=4&train=512&validation=0&test=64',
    batch: 32,
    lr: 1e-2,
    backend,
  } as const;
  const teacher = await distill({ ...common, student: 'convnet?width=16', epochs: 2, out: false });
  const losses: number[] = [];
  const run = await distill({
    ...common,
    student: 'convnet?width=8',
    teacher: teacher.student,
    epochs: 5,
    out: join(folder, 'run'),
    plugins: [hint({ student: 'layer2', teacher: 'layer2' })],
    onEvent: (event) => {
      if (event.type === 'epoch') losses.push(event.terms['hint/mse']);
    },
  });
  const header = await readSafetensorsHeader(join(folder, 'run', 'student.safetensors'));
  for (const result of [run, teacher]) await result.dispose();
  rmSync(folder, { recursive: true });
  say(`hint loss by epoch: ${losses.map((loss) => loss.toFixed(4)).join(', ')}`);
  return { first: losses[0], last: losses[losses.length - 1], exported: [...header.tensors.keys()] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ownPlugin(console.log, backendFlag());
