import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportStudent } from '@kdx/core/run';
import { model, readWeightsInfo } from '@kdx/models';
import { evaluate } from '@kdx/task-classification';
import { type HostTensor, readSafetensors } from '@kdx/tensor';
import test, { type ExecutionContext } from 'ava';
import { torchTest } from '../support/torch-test.js';
import { DearkdComparison } from './dearkd-comparison.js';
import { dearkdRun, EPOCHS, LR, STAGE1, STUDENT_OPTIONS, WEIGHT_DECAY } from './dearkd-run.js';
import { type DearkdCase, dearkdSteps } from './dearkd-steps.js';
import { pytorchTest, runPytorch } from './pytorch.js';

// Whole steps of DearKD, of its first stage, while the teacher fades and without one, against PyTorch in float64.

const CASES: readonly DearkdCase[] = [
  {
    title: 'one pair, annealing',
    // Not 0.5, which 1 − α₁ is too.
    options: { stage1: STAGE1, alpha: 0.4, beta: 0.7, mhca: { dropout: 0 } },
    pairs: [['blocks.0', 'layer2']],
    modules: ['aligner', 'target'],
    alone: EPOCHS - 1,
  },
  {
    title: 'two pairs, stages as they are, gated attention, no teacher in the second stage',
    options: {
      stage1: STAGE1,
      stage2: 'ce-only',
      alpha: 0.4,
      beta: 0.7,
      mhca: { blocks: 2, dropout: 0, mode: 'gated' },
      hidden: [
        { student: 'blocks.0', teacher: 'layer2' },
        { student: 'blocks.1', teacher: 'layer3' },
      ],
      normalize: 'none',
    },
    pairs: [
      ['blocks.0', 'layer2'],
      ['blocks.1', 'layer3'],
    ],
    modules: ['aligner', 'aligner2'],
    alone: STAGE1,
  },
];

const root = mkdtempSync(join(tmpdir(), 'kdx-dearkd-'));
test.after.always(() => rmSync(root, { recursive: true }));

async function pytorchSteps(
  { options, pairs }: DearkdCase,
  folder: string,
): Promise<Map<string, HostTensor>> {
  const out = join(folder, 'pytorch.safetensors');
  await runPytorch('dearkd_step.py', [
    ...['--run', folder, '--epochs', String(EPOCHS), '--stage1', String(STAGE1)],
    ...['--stage2', options.stage2 ?? 'anneal', '--normalize', options.normalize ?? 'channel-std'],
    ...['--alpha', String(options.alpha), '--beta', String(options.beta)],
    ...['--pairs', pairs.map((pair) => pair.join(':')).join()],
    ...['--lr', String(LR), '--weight-decay', String(WEIGHT_DECAY), '--out', out],
  ]);
  return (await readSafetensors(out)).tensors;
}

async function compare(t: ExecutionContext, given: DearkdCase, backend: 'wasm' | 'torch'): Promise<void> {
  const folder = mkdtempSync(join(root, 'case-'));
  const ours = await dearkdSteps(given, backend, folder);
  const theirs = await pytorchSteps(given, folder);
  new DearkdComparison(t, ours, theirs).run();
  const learnt = (epoch: number) =>
    [...theirs.keys()].some((name) => name.startsWith(`${epoch}/gradient/aligner/`));
  t.deepEqual([learnt(STAGE1 - 1), learnt(STAGE1)], [true, false]);
}

for (const given of CASES) {
  const what = `steps of DearKD are PyTorch’s: ${given.title}`;
  pytorchTest(test, test.serial)(`${what} (wasm)`, (t) => compare(t, given, 'wasm'));
  pytorchTest(test, torchTest(test, test.serial))(what, (t) => compare(t, given, 'torch'));
}

test.serial('the exported student is a distilled DeiT with ?mhca=… and scores the same', async (t) => {
  const file = join(root, 'student.safetensors');
  const name = `deit_tiny_distilled_patch16_224?${STUDENT_OPTIONS}`;
  const { run, data, dispose } = await dearkdRun({ backend: 'wasm', options: {}, test: 24 });
  try {
    const { test: scores, headRule } = await run.fit();
    await exportStudent(run.composition.student, file, { headRule });
    const { tensors } = await readSafetensors(file);
    t.deepEqual(
      [...tensors.keys()].filter((tensor) => /align|target|dearkd/.test(tensor)),
      [],
    );
    const options = { imageSize: data.imageSize, headRule };
    const split = data.test as NonNullable<typeof data.test>;
    const { model: written } = await readWeightsInfo(file);
    for (const known of [`${name}&mhca=1`, written as string]) {
      const loaded = await model(known).from(file).build({ seed: 9 });
      t.deepEqual(await evaluate(loaded, split, options), scores?.last, known);
      loaded.dispose();
    }
    const plain = await t.throwsAsync(model(name).from(file).build({ seed: 9 }), {
      code: 'KDX_WEIGHTS_MISMATCH',
    });
    t.regex(plain?.message ?? '', /blocks\.0\.attn\.rpe\.weight/);
  } finally {
    await dispose();
  }
});
