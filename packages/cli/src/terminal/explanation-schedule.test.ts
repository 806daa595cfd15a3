import type { ExplainedModel, ExplainedTerm, Explanation, OverEpochs } from '@kdx/core/inspect';
import test from 'ava';
import { rateSamples, scheduleTable, stretchesText } from './explanation-schedule.js';

const explanation = (
  epochs: number,
  weights: Record<string, OverEpochs<number>>,
  teacher: OverEpochs<string | null> = [[0, 'logits']],
): Explanation => {
  const terms = Object.entries(weights).map(([id, over]) => ({ id, weights: over, superseded: null }));
  const models = [
    { role: 'student', depth: [[0, 'logits']] },
    { role: 'teacher', depth: teacher },
  ];
  return {
    terms: terms as unknown as ExplainedTerm[],
    models: models as unknown as ExplainedModel[],
    training: { epochs } as Explanation['training'],
  } as unknown as Explanation;
};

const every = (epochs: number, value: (epoch: number) => number): OverEpochs<number> =>
  Array.from({ length: epochs }, (_, epoch) => [epoch, value(epoch)] as const);

test('nothing changes, so there is no table', (t) => {
  t.is(scheduleTable(explanation(30, { 'a/x': [[0, 0.5]] })), undefined);
});

test('rows are the stretches between changes, of weights and of teachers', (t) => {
  const table = scheduleTable(
    explanation(
      30,
      {
        'a/x': [
          [0, 1],
          [25, 0],
        ],
        'b/same': [[0, 1]],
      },
      [
        [0, 'logits'],
        [29, null],
      ],
    ),
  );
  t.deepEqual(table?.head, ['epochs', 'a/x', 'teacher runs to']);
  t.deepEqual(table?.rows, [
    ['0–24', '1', 'logits'],
    ['25–28', '0', 'logits'],
    ['29', '0', 'not run'],
  ]);
});

test('a long ramp is told by its corners, with a gap between', (t) => {
  const ramp = every(300, (epoch) => (epoch < 250 ? 0.5 : 0.5 + (0.5 * (epoch - 250)) / 49));
  const changes = ramp.filter(([epoch]) => epoch === 0 || epoch > 250);
  const table = scheduleTable(explanation(300, { 'a/x': changes }));
  t.true((table?.rows.length ?? 99) <= 6);
  t.deepEqual(table?.rows[0], ['0–250', '0.5']);
  t.deepEqual(table?.rows.at(-1), ['299', '1']);
  t.true(table?.rows.some(([epochs]) => epochs === '…'));
});

test('a curve has no corners and is told by a few epochs', (t) => {
  const table = scheduleTable(explanation(300, { 'a/x': every(300, (epoch) => Math.cos(epoch / 200)) }));
  const told = table?.rows.filter(([epochs]) => epochs !== '…') ?? [];
  t.true(told.length <= 14 && told.length >= 10);
  t.deepEqual([told[0][0], told.at(-1)?.[0]], ['0', '299']);
});

test('a learning rate is told by its start, its peak, its end and some between', (t) => {
  const rates = every(30, (epoch) => (epoch < 2 ? epoch / 2 : 1 - epoch / 30));
  const epochs = rateSamples(rates, 30).map(([epoch]) => epoch);
  t.deepEqual([epochs[0], epochs[1], epochs.at(-1)], [0, 2, 29]);
  t.true(epochs.length <= 6);
  const steps: OverEpochs<number> = [
    [0, 0.05],
    [19, 0.005],
  ];
  t.is(rateSamples(steps, 30), steps);
});

test('stretches in words', (t) => {
  t.is(stretchesText([[0, 29]], 30), 'in every epoch');
  t.is(stretchesText([], 30), 'never');
  t.is(stretchesText([[4, 4]], 30), 'in epoch 4');
  t.is(
    stretchesText(
      [
        [0, 3],
        [7, 7],
      ],
      30,
    ),
    'in epochs 0–3, 7',
  );
});
