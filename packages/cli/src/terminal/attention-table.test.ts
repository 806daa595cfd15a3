import { attentionResult } from '@kdx/report';
import test from 'ava';
import { example, measured } from '../../../report/dist/attention/attention-result.test.helper.js';
import { attentionTable } from './attention-table.js';

/** The cells of each line of a table. */
const rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('│'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('│')
        .map((cell) => cell.trim()),
    );

test('a row for each label, a column for each block: mean, deviation over runs, range of the heads', (t) => {
  t.deepEqual(rows(attentionTable(example())), [
    ['model', 'runs', 'block 0', 'block 1', 'block 2'],
    ['a & b', '2', '2.50', '2.25', '–'],
    ['', '', '± 0.71', '± 0.35', ''],
    ['', '', '1.00–4.00', '2.00–3.00', ''],
    ['c', '1', '3.00', '1.00', '3.00'],
    ['', '', '2.00–4.00', '1.00–1.00', '2.50–3.50'],
  ]);
});

test('it says what was counted how, what even attention has, and what was not trained', (t) => {
  const text = attentionTable(example());
  t.regex(
    text,
    /in patches \(of 4×4 pixels\) on 64 test images of cifar100:DIR: mean over heads ± std over runs/,
  );
  t.regex(text, /^Convention: attention of patches to special tokens counted as distance 0\. /m);
  // Two points of a unit square are 0.5214 apart on average: 4.17 of 8 patches, but for the grain of the grid.
  t.regex(text, /over the 8×8 patches alone has 4\.1\d\.$/m);
  t.notRegex(text, /Without weights/);
  t.regex(
    attentionTable(example({}, { specialTokens: 2 })),
    /0; models have 1 and 2 special tokens, which --renorm/,
  );
  t.regex(
    attentionTable(example({ renormalize: true })),
    /^Convention: .*made to sum to 1 \(--renormalize\)\./m,
  );
  const untrained = attentionResult([{ ...measured('raw', [[1, 2]]), weights: null }], {
    data: 'shapes',
    split: 'test',
    images: 2,
    renormalize: false,
  });
  t.regex(attentionTable(untrained), /^Without weights, so as initialised: raw\.$/m);
});
