import test from 'ava';
import { vectorInstructions } from './index.js';

test('the instructions that count, from the least to the most', (t) => {
  t.deepEqual(vectorInstructions('processor\t: 0\nflags\t\t: fpu amx_bf16 avx2 avx512f sse\n'), [
    'avx2',
    'avx512f',
    'amx_bf16',
  ]);
  t.deepEqual(vectorInstructions('Features\t: fp asimd sve\n'), ['asimd', 'sve']);
  t.deepEqual(vectorInstructions(''), []);
});
