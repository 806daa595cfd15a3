import test from 'ava';
import { IMAGENET, resolveNormalization } from './normalization.js';

const A = { mean: [0.1, 0.1, 0.1], std: [0.9, 0.9, 0.9] };
const B = { mean: [0.2, 0.2, 0.2], std: [0.8, 0.8, 0.8] };

test('with weights: name, then file, then family, never the data', (t) => {
  t.deepEqual(resolveNormalization('m', 3, { said: A, file: B, data: B, family: IMAGENET }), A);
  t.deepEqual(resolveNormalization('m', 3, { said: {}, file: B, data: A, family: IMAGENET }), B);
  t.deepEqual(resolveNormalization('m', 3, { said: {}, file: {}, data: A, family: IMAGENET }), IMAGENET);
});

test('without weights: name, then data, then family, then one half', (t) => {
  t.deepEqual(resolveNormalization('m', 3, { said: A, data: B, family: IMAGENET }), A);
  t.deepEqual(resolveNormalization('m', 3, { said: {}, data: B, family: IMAGENET }), B);
  t.deepEqual(resolveNormalization('m', 3, { said: {}, data: {}, family: IMAGENET }), IMAGENET);
  t.deepEqual(resolveNormalization('m', 1, { said: {}, data: {}, family: IMAGENET }), {
    mean: [0.5],
    std: [0.5],
  });
});

test('half-said, ill-fitting or impossible statistics are errors', (t) => {
  const rejects = (run: () => unknown, message: RegExp) =>
    t.throws(run, { code: 'KDX_MODEL_NORMALIZATION', message });
  rejects(
    () => resolveNormalization('m', 3, { said: { mean: [0, 0, 0] }, data: {} }),
    /a mean without a std/,
  );
  rejects(() => resolveNormalization('m', 1, { said: A, data: {} }), /3 means and 3 stds for 1 channels/);
  rejects(
    () => resolveNormalization('m', 1, { said: {}, file: {}, data: A, family: IMAGENET }),
    /family has none for 1/,
  );
  rejects(() => resolveNormalization('m', 1, { said: { mean: [0], std: [0] }, data: {} }), /not positive/);
});
