import test from 'ava';
import { CONFORMANCE_BACKENDS } from './backends.js';
import { compareWithKnown, readKnownFailures } from './known-failures.js';
import { runConformance } from './run-conformance.js';

const MOST_KNOWN_FAILURES = 150;
/** Of 4.22.0: fewer would mean that specs were dropped from the bundle, not that they pass. */
const LEAST_SPECS = 4000;

test('wasm passes the TensorFlow.js conformance suite but for the listed specs', async (t) => {
  t.timeout(180_000, 'a conformance run');
  const report = await runConformance('wasm', CONFORMANCE_BACKENDS.wasm);
  const known = await readKnownFailures('wasm');
  const { broken, mended } = compareWithKnown(report, known);
  const refresh = 'refresh the list with: node test/dist/conformance/refresh.js wasm';
  t.true(report.ran >= LEAST_SPECS, `only ${report.ran} specs ran`);
  t.deepEqual(broken, [], `specs fail that are not listed; mend them, or ${refresh}`);
  t.deepEqual(mended, [], `listed specs pass now; ${refresh}`);
  t.true(known.length <= MOST_KNOWN_FAILURES, `${known.length} specs are listed`);
});

/** Specs that put a complex64 tensor beside others without saying so in their name. */
const MIXED_WITH_COMPLEX = [
  'add wasm {} upcasts when dtypes dont match',
  'decodeWeights wasm {} from arraybuffer Mixed dtype tensors',
  'decodeWeights wasm {} from stream Mixed dtype tensors',
  'encodeWeights wasm {} Mixed dtype tensors',
  'sub wasm {} upcasts when dtypes dont match',
];

test('what wasm is known to fail are complex numbers and Fourier transforms, which no model uses', async (t) => {
  const known = await readKnownFailures('wasm');
  const others = known.filter((name) => !/complex|fft|stft|\breal\b|\bimag\b|spectral/i.test(name));
  t.deepEqual(others, MIXED_WITH_COMPLEX);
});
