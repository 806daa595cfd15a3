import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { hashFile } from '../support/hash-file.js';
import { torchTest } from '../support/torch-test.js';
import { CASES } from './cases.js';
import { inTurn } from './in-turn.js';
import { kdxSteps, type Losses, STEPS, startFiles } from './kdx-steps.js';
import { pytorchTest } from './pytorch.js';
import { pytorchSteps } from './pytorch-steps.js';

// The same weights, batches and float32 arithmetic give the same losses, step by step, whatever computes them.

const TOLERANCE = 1e-5;
const root = mkdtempSync(join(tmpdir(), 'kdx-parity-'));
test.after.always(() => rmSync(root, { recursive: true }));

/** The largest relative difference of two sequences of losses. */
function difference(a: Losses, b: Losses): number {
  const pairs = a.losses.map((loss, i) => [loss, b.losses[i]]);
  return Math.max(
    ...[...pairs, [a.evaluationLoss, b.evaluationLoss]].map(([x, y]) => Math.abs(x - y) / Math.abs(y)),
  );
}

function assertSame(t: ExecutionContext, ours: Losses, theirs: Losses): void {
  t.is(ours.losses.length, STEPS);
  t.is(theirs.losses.length, STEPS);
  t.not(ours.losses[0], ours.losses[STEPS - 1], 'it trains');
  const largest = difference(ours, theirs);
  t.log(`largest relative difference ${largest.toExponential(1)}`);
  t.true(largest < TOLERANCE, `${ours.losses} and ${theirs.losses}`);
}

const once = inTurn<Losses>();

CASES.forEach((parityCase, index) => {
  const folderOf = (backend: string): string => join(root, `${index}-${backend}`);
  const steps = (backend: 'wasm' | 'torch'): Promise<Losses> =>
    once(`${index} ${backend}`, () => {
      mkdirSync(folderOf(backend));
      return kdxSteps(parityCase, backend, folderOf(backend));
    });
  const { name, optimizer, lr } = parityCase;
  const what = `${STEPS} steps of ${name} with ${optimizer} at ${lr}`;

  torchTest(test)(`${what}: the losses of wasm`, async (t) => {
    const [onWasm, onTorch] = [await steps('wasm'), await steps('torch')];
    const [a, b] = ['wasm', 'torch'].map((backend) =>
      Object.values(startFiles(folderOf(backend))).map(hashFile),
    );
    t.deepEqual(a, b, 'both began with the same weights and batches');
    assertSame(t, onTorch, onWasm);
  });

  pytorchTest(test)(`${what}: the losses of PyTorch (wasm)`, async (t) => {
    const ours = await steps('wasm');
    assertSame(t, ours, await pytorchSteps(parityCase, folderOf('wasm')));
  });

  pytorchTest(test, torchTest(test))(`${what}: the losses of PyTorch`, async (t) => {
    const ours = await steps('torch');
    assertSame(t, ours, await pytorchSteps(parityCase, folderOf('torch')));
  });
});
