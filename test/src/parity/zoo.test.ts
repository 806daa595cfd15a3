import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { torchBackend } from '@kdx/backend-torch';
import { wasmBackend } from '@kdx/backend-wasm';
import { type HostTensor, readSafetensors } from '@kdx/tensor';
import test, { type ExecutionContext } from 'ava';
import { torchTest } from '../support/torch-test.js';
import { inTurn } from './in-turn.js';
import { pytorchTest, runPytorch } from './pytorch.js';
import { ZOO_CASES, ZOO_COUNTS, type ZooCase } from './zoo-cases.js';
import { type StepResult, ZOO_LR, zooFiles, zooStep } from './zoo-step.js';

// The same weights and batch give the same step: forward, loss, gradient, running statistics, and what comes after.

const TOLERANCES = { values: 2e-5, gradients: 3e-4 };
const root = mkdtempSync(join(tmpdir(), 'kdx-zoo-'));
test.after.always(() => rmSync(root, { recursive: true }));
const once = inTurn<readonly [ours: StepResult, theirs: StepResult]>();

/** A case on a back end of ours in float32, and in PyTorch in float64. */
async function bothSteps(zooCase: ZooCase, backend: 'wasm' | 'torch'): Promise<[StepResult, StepResult]> {
  const folder = join(root, `${zooCase.model}-${backend}`);
  mkdirSync(folder);
  await (backend === 'torch' ? torchBackend() : wasmBackend()).load({ threads: 1 });
  const ours = await zooStep(zooCase, folder);
  const { weights, batch } = zooFiles(folder);
  const out = join(folder, 'pytorch.safetensors');
  await runPytorch('zoo_step.py', [
    ...['--reference', zooCase.reference, '--model', zooCase.model, '--lr', String(ZOO_LR)],
    ...['--weights', weights, '--batch', batch, '--out', out],
  ]);
  const { tensors } = await readSafetensors(out);
  rmSync(folder, { recursive: true });
  return [ours, tensors];
}

/** Largest of `count` absolute values; not a number where one is. */
function largest(count: number, valueAt: (i: number) => number): number {
  let most = 0;
  for (let i = 0; i < count; i += 1) {
    const size = Math.abs(valueAt(i));
    if (!(size <= most)) most = size;
  }
  return most;
}

const scaleOf = ({ data }: HostTensor): number => largest(data.length, (i) => Number(data[i]));

/** Largest difference of two tensors, in units of the second's largest value, or of `floor` where that is larger. */
const difference = (a: HostTensor, b: HostTensor, floor: number): number =>
  largest(b.data.length, (i) => Number(a.data[i]) - Number(b.data[i])) / Math.max(scaleOf(b), floor);

function assertSame(t: ExecutionContext, ours: StepResult, theirs: StepResult): void {
  t.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
  const gradients = [...theirs].filter(([name]) => name.startsWith('gradient/'));
  // The gradient of a bias before a batch norm is 0 but for rounding, which is then measured by the other gradients.
  const floor = 1e-2 * Math.max(...gradients.map(([, gradient]) => scaleOf(gradient)));
  const differences = [...theirs].map(([name, expected]) => {
    const found = ours.get(name)!;
    t.deepEqual(found.shape, expected.shape, name);
    return { name, by: difference(found, expected, name.startsWith('gradient/') ? floor : 0) };
  });
  for (const [kind, tolerance] of Object.entries(TOLERANCES)) {
    const isGradient = kind === 'gradients';
    const [worst] = differences
      .filter(({ name }) => name.startsWith('gradient/') === isGradient)
      .sort((a, b) => b.by - a.by);
    t.log(`${kind}: largest relative difference ${worst.by.toExponential(1)}, of ${worst.name}`);
    t.true(worst.by < tolerance, `${worst.name}: ${worst.by}`);
  }
}

for (const zooCase of ZOO_CASES) {
  const declare = (backend: 'wasm' | 'torch') => async (t: ExecutionContext) => {
    const [ours, theirs] = await once(`${zooCase.model} ${backend}`, () => bothSteps(zooCase, backend));
    assertSame(t, ours, theirs);
  };
  const what = `a step of ${zooCase.model}: PyTorch’s logits, loss, gradients, statistics and evaluation`;
  pytorchTest(test)(`${what} (wasm)`, declare('wasm'));
  pytorchTest(test, torchTest(test))(what, declare('torch'));
}

pytorchTest(test)('the models that kdx is compared with have the benchmark’s parameter counts', async (t) => {
  const flags = Object.entries(ZOO_COUNTS).flatMap(([reference, counts]) => [
    '--count',
    `${reference}:${Object.keys(counts).join(',')}`,
  ]);
  t.deepEqual(await runPytorch('zoo_step.py', flags), Object.assign({}, ...Object.values(ZOO_COUNTS)));
});
