import { type Schedule } from '@kdx/core';
import { clockAt } from '@kdx/core/run';
import { near } from '@kdx/testing';
import test from 'ava';
import { fading, rest, type StageOptions, stages } from './stages.js';

const PAPER: StageOptions = { stage1: undefined, stage2: 'anneal', alpha: 0.5, beta: 1 };
const at = (schedule: Schedule, epochs: number, epoch: number): number =>
  schedule.at(clockAt([{ epochs, stepsPerEpoch: 3 }], 3 * epoch + 2));

test('G10: α of 300 epochs, the first 250 with the teacher', (t) => {
  const { end, alpha, beta } = stages(300, PAPER);
  t.is(end, 250);
  for (const [epoch, expected] of [
    [0, 0.5],
    [249, 0.5],
    [250, 0.5],
    [251, 0.51020408],
    [274, 0.74489796],
    [275, 0.75510204],
    [298, 0.98979592],
    [299, 1],
  ]) {
    t.true(near(at(alpha, 300, epoch), expected), `${epoch}`);
    t.is(at(beta, 300, epoch), epoch < 250 ? 1 : 0);
  }
});

test('G10: α of 30 epochs', (t) => {
  const { end, alpha } = stages(30, PAPER);
  t.is(end, 25);
  t.true(
    near(
      [25, 26, 27, 28, 29].map((epoch) => at(alpha, 30, epoch)),
      [0.5, 0.625, 0.75, 0.875, 1],
    ),
  );
});

test('a second stage of one epoch is without a teacher, and a first stage as long as the run has no second', (t) => {
  const one = stages(30, { ...PAPER, stage1: 29 });
  t.deepEqual(
    [28, 29].map((epoch) => at(one.alpha, 30, epoch)),
    [0.5, 1],
  );
  for (const stage1 of [30, '100%'] as const) {
    const none = stages(30, { ...PAPER, stage1 });
    t.is(none.end, 30);
    t.is(at(none.alpha, 30, 29), 0.5);
    t.is(at(none.beta, 30, 29), 1);
  }
});

test('five sixths are rounded, and leave an epoch for the second stage where there are two', (t) => {
  const ends = [
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 3],
    [5, 4],
    [7, 6],
    [8, 7],
    [10, 8],
    [11, 9],
    [1000, 833],
  ];
  t.deepEqual(
    ends.map(([epochs]) => [epochs, stages(epochs, PAPER).end]),
    ends,
  );
});

test('a share below the whole keeps a second stage however it is rounded', (t) => {
  t.is(stages(6, { ...PAPER, stage1: '95%' }).end, 5);
  t.is(stages(30, { ...PAPER, stage1: 29.9 }).end, 29);
  t.is(stages(1, { ...PAPER, stage1: '80%' }).end, 1);
});

test('a first stage longer than the run is refused', (t) => {
  t.throws(() => stages(30, { ...PAPER, stage1: 250 }), {
    code: 'KDX_DEARKD_STAGE1',
    message:
      /"stage1":250, is longer than the run of 30 epochs; .*'dearkd:\{"stage1":"80%"\}', or at most 30\./,
  });
  t.throws(() => stages(1, { ...PAPER, stage1: 2 }), { message: /the run of 1 epoch;/ });
  t.throws(() => stages(30, { ...PAPER, stage1: '100.1%' }), { code: 'KDX_DEARKD_STAGE1' });
  t.throws(() => stages(30, { ...PAPER, stage1: '-50%' }), { code: 'KDX_SCHEDULE_INVALID' });
});

test('the family of 1000 epochs is without a teacher from epoch 800 on', (t) => {
  const { end, alpha, beta } = stages(1000, { ...PAPER, stage1: '80%', stage2: 'ce-only' });
  t.is(end, 800);
  t.deepEqual(
    [799, 800, 999].map((epoch) => at(alpha, 1000, epoch)),
    [0.5, 1, 1],
  );
  t.deepEqual(
    [799, 800].map((epoch) => at(beta, 1000, epoch)),
    [1, 0],
  );
});

test('what follows from α, and how explain names it', (t) => {
  const { alpha, beta } = stages(30, { ...PAPER, alpha: 0.2, beta: 0.5 });
  t.true(near(at(rest(alpha), 30, 0), 0.8));
  t.is(at(rest(alpha), 30, 29), 0);
  t.is(at(fading(alpha, 0.2), 30, 10), 1);
  t.is(at(fading(alpha, 0.2), 30, 29), 0);
  t.deepEqual(
    [alpha, rest(alpha), fading(alpha, 0.2), beta].map(({ text }) => text),
    ['α(e) = 0.2 → 1 over epochs 25…29', '1 − α(e)', '(1 − α(e))/(1 − α₁)', 'β(e) = 0.5, from epoch 25 on 0'],
  );
  const constant = stages(30, { ...PAPER, stage1: 30 });
  t.deepEqual(
    [constant.alpha, rest(constant.alpha), fading(constant.alpha, 0.5)].map(({ text }) => text),
    ['0.5', '0.5', '1'],
  );
});

test('a second stage of one epoch reads as the jump it is', (t) => {
  const { end, alpha } = stages(8, PAPER);
  t.is(end, 7);
  t.deepEqual(
    [6, 7].map((epoch) => at(alpha, 8, epoch)),
    [0.5, 1],
  );
  t.is(alpha.text, 'α(e) = 0.5, from epoch 7 on 1');
});
