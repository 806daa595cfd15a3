import { HOST_KERNELS, torchBackend } from '@kdx/backend-torch';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { torchTest } from '../support/torch-test.js';
import { CONFORMANCE_BACKENDS } from './backends.js';
import { runConformance } from './run-conformance.js';

/** Of the 4,232 specs of 4.22.0, all but the few that are skipped for every back end. */
const LEAST_SPECS = 4220;

/** It draws on a canvas, of which Node has none, so no spec calls it. */
const UNTRIED = 'Draw';

const onTorch = torchTest(test);

onTorch('torch passes every spec of the TensorFlow.js conformance suite', async (t) => {
  t.timeout(300_000, 'a conformance run');
  const report = await runConformance('torch', CONFORMANCE_BACKENDS.torch);
  t.true(report.ran >= LEAST_SPECS, `only ${report.ran} specs ran`);
  t.deepEqual(report.failures, []);
  // Strings live on the host whatever computes; a kernel that is not listed may be given some.
  const { numbers, strings } = report.onHost;
  const unlisted = numbers.filter((name) => !HOST_KERNELS.includes(name));
  const uncalled = HOST_KERNELS.filter((name) => ![...numbers, ...strings].includes(name));
  t.deepEqual(unlisted, [], 'the CPU back end computes what is not listed in host-kernels.ts');
  t.deepEqual(uncalled, [UNTRIED], 'the CPU back end no longer computes what is listed in host-kernels.ts');
});

onTorch('every kernel of the CPU back end is one of the torch back end too', async (t) => {
  await torchBackend().load({ threads: 1 });
  const names = (backendName: string) =>
    tf.getKernelsForBackend(backendName).map((kernel) => kernel.kernelName);
  const has = new Set(names('torch'));
  t.deepEqual(
    names('cpu').filter((name) => !has.has(name)),
    [],
  );
});
