import test from 'ava';
import { constant, linear, parseSchedule, type Schedule, steps } from '../index.js';
import { planWarnings } from '../inspect.js';
import { type RunSettingsInput, runSettings } from '../settings/settings.js';
import { startShare } from './average-warnings.js';
import type { Plan } from './plan.js';

const planned = (
  given: RunSettingsInput,
  { stepsPerEpoch = 10, showings = 640, ...more }: Partial<Plan> = {},
): Plan => {
  const settings = runSettings.parse({ schedule: 'constant', ...given });
  const rate = parseSchedule(settings.schedule, settings.lr);
  return { settings, stepsPerEpoch, showings, rate, rateOwner: undefined, weights: [], ...more };
};
const warned = (given: RunSettingsInput, more?: Partial<Plan>) =>
  planWarnings(planned(given, more)).map(({ code, message }) => `${code} ${message}`);
const weighed = (weight: Schedule, epochs: number) =>
  planWarnings(planned({ epochs }, { weights: [{ id: 'a/x', at: (clock) => weight.at(clock) }] })).map(
    ({ message }) => message,
  );

test('plans that do what they say draw no warning', (t) => {
  t.deepEqual(warned({ epochs: 2, schedule: 'cosine' }, { stepsPerEpoch: 2 }), [], 'a tiny run of defaults');
  t.deepEqual(
    warned({ epochs: 300, schedule: { type: 'cosine', per: 'epoch', warmup: 5, warmupFrom: 1e-6 } }),
    [],
  );
  t.deepEqual(warned({ epochs: 240, schedule: { type: 'steps', milestones: [210, 150, 180] } }), []);
  t.deepEqual(warned({ epochs: 3, schedule: { type: 'linear' } }), []);
  t.deepEqual(warned({ epochs: 3, ema: 0.9999 }), [], 'the average warms up by itself');
  t.deepEqual(warned({ epochs: 1, batch: 640, ema: 0.9999 }, { stepsPerEpoch: 1 }), []);
});

test('a warm-up that outlasts the run is named with the rate that is reached and one that would be', (t) => {
  const cosine = { type: 'cosine', warmup: 5 } as const;
  // 2.9 of 5 epochs are done at the last of 30 steps: 0.58 of the rate.
  const [long, ...more] = warned({ epochs: 3, lr: 0.01, schedule: cosine });
  t.deepEqual(more, []);
  t.regex(long, /^KDX_PLAN_WARMUP .*warm-up of 5 epochs does not end within the run of 3 epochs/);
  t.regex(long, /no higher than 0\.0058 instead of 0\.01; use --set schedule\.warmup=10%/);
  t.regex(
    warned({ epochs: 3, schedule: { type: 'cosine', warmup: '150%' } })[0],
    /warm-up of 150% of the run/,
  );
  t.regex(
    warned({ epochs: 3, schedule: { type: 'cosine', warmup: 3 } })[0],
    /does not end/,
    'exactly the run',
  );
  t.regex(
    warned({ epochs: 3, schedule: { type: 'cosine', warmup: 2.95 } })[0],
    /does not end/,
    'within the last step',
  );
  t.regex(
    warned({ epochs: 6, schedule: { type: 'cosine', warmup: 2, lag: 4, per: 'epoch', warmupFrom: 1e-6 } })[0],
    /which begins 4 epochs late, does not end/,
  );
  t.regex(
    warned({ epochs: 4, schedule: { type: 'cosine', lag: 9 } })[0],
    /trails by 9 epochs .* schedule\.lag=0/,
  );
});

test('what is proposed instead draws no warning', (t) => {
  for (const [given, right] of [
    [
      { epochs: 3, schedule: { type: 'cosine', warmup: 5 } },
      { type: 'cosine', warmup: '10%' },
    ],
    [
      { epochs: 6, schedule: { type: 'cosine', warmup: 2 } },
      { type: 'cosine', warmup: 2, warmupPrefix: true },
    ],
    [
      { epochs: 6, schedule: { type: 'steps', milestones: [9] } },
      { type: 'steps', milestones: ['75%'] },
    ],
  ] as [RunSettingsInput, RunSettingsInput['schedule']][]) {
    t.is(warned(given).length, 1);
    t.deepEqual(warned({ ...given, schedule: right }), []);
  }
});

test('a warm-up that eats into the cosine is told with what the rate does', (t) => {
  // Two of six epochs: 0.01 · ½(1 + cos π/3) = 0.0075 after 19 of 20 steps of the warm-up, 0.0095.
  const [message] = warned({ epochs: 6, lr: 0.01, schedule: { type: 'cosine', warmup: 2 } });
  t.regex(
    message,
    /^KDX_PLAN_WARMUP .*rises to 0\.0095, and right after the warm-up it is 0\.0075, 75 % of lr=0\.01/,
  );
  t.regex(message, /schedule\.warmupPrefix=true/);
  t.deepEqual(
    warned({ epochs: 10, schedule: { type: 'cosine', warmup: '14%' } }),
    [],
    '0.953 of it are left',
  );
  t.is(warned({ epochs: 10, schedule: { type: 'cosine', warmup: '15%' } }).length, 1, '0.946 of it are');
});

test('milestones beyond the run, at its start or on one epoch are named, in any order', (t) => {
  const of = (milestones: (number | `${number}%`)[], epochs = 10, lr = 0.1) =>
    warned({ epochs, lr, schedule: { type: 'steps', milestones } });
  const [late] = of([180, 5, '100%']);
  t.regex(late, /^KDX_PLAN_MILESTONES The run of 10 epochs never reaches milestones 180, 100%/);
  t.regex(late, /ends at 0\.01 instead of 0\.0001; use milestones from 1 to 9/);
  t.regex(of([9.5])[0], /never reaches milestone 9\.5/);
  t.deepEqual(of([9]), []);
  t.regex(of([0])[0], /milestone 0 is in force from the first step on.*--lr 0\.01/);
  t.regex(of([5, '50%', 2])[0], /milestones 5, 50% fall on one epoch, 5, .* by 0\.01 at once/);
  t.regex(of([4.2, 4.8])[0], /fall on one epoch, 5/);
  t.regex(of([3], 1)[0], /run of 1 epoch never reaches milestone 3.*at least 2 epochs/);
});

test('epochs without learning are named with a rate above 0', (t) => {
  const [prefix, zero] = warned({
    epochs: 6,
    lr: 0.01,
    schedule: { type: 'cosine', per: 'epoch', warmup: 2 },
  });
  t.regex(prefix, /^KDX_PLAN_WARMUP/);
  t.regex(
    zero,
    /^KDX_PLAN_RATE The learning rate is 0 in the whole of epoch 1 of 6, so nothing is learnt there/,
  );
  t.regex(zero, /schedule\.warmupFrom=0\.00333, or --set schedule\.per=step/);
  t.regex(
    warned({ epochs: 30, schedule: { type: 'cosine', per: 'epoch', warmup: 1, lag: 1 } })[0],
    /2 of 30 epochs, the first of them epoch 1/,
  );
  t.regex(
    warned({ epochs: 4, schedule: { type: 'linear', end: '50%' } })[0],
    /2 of 4 epochs, the first of them epoch 3.*schedule\.end=100%/,
  );
  t.regex(
    planWarnings(planned({ epochs: 2 }, { rate: constant(0), rateOwner: 'mine' }))[0].message,
    /0 in the whole of every epoch.*options of plugin "mine"/,
  );
});

test('a line that never moves, or is not at its end with the run, is named', (t) => {
  const of = (more: object) => warned({ epochs: 4, lr: 0.1, schedule: { type: 'linear', ...more } });
  t.regex(
    of({ start: 4, end: 8 })[0],
    /^KDX_PLAN_RATE .*starts when the run of 4 epochs has ended.*schedule\.start=0/,
  );
  t.regex(
    of({ end: '200%' })[0],
    /ends after the run of 4 epochs, which it leaves at 0\.0625; use --set schedule\.end=100%/,
  );
});

test('an average that its start holds is named, with a decay that forgets it', (t) => {
  t.is(startShare(64, 0.9999, false).toFixed(4), '0.9936');
  // Π (1 + n)/(10 + n), n < 4: 1·2·3·4 / (10·11·12·13)
  t.true(Math.abs(startShare(4, 0.9999, true) - 24 / 17_160) < 1e-12);
  const [message] = warned({ epochs: 4, ema: 0.9999, emaWarmup: false }, { stepsPerEpoch: 16 });
  t.regex(message, /^KDX_PLAN_AVERAGE .*still 99\.4 % the weights it started from/);
  t.regex(message, /4 epochs of 16 have 64; use --set emaWarmup=true, or --set ema=0\.93\./);
  t.deepEqual(warned({ epochs: 4, ema: 0.93, emaWarmup: false }, { stepsPerEpoch: 16 }), []);
});

test('weights that begin, rise or fall only after the run are named with the epoch', (t) => {
  const starts: Schedule = { at: ({ epoch }) => (epoch < 20 ? 0 : 1), text: '1 from epoch 20 on' };
  t.regex(weighed(starts, 10)[0], /weight of a\/x is 0 in the run of 10 epochs and leaves 0 in epoch 21/);
  t.deepEqual(weighed(starts, 21), []);
  const rises = linear({ from: 0, to: 2, end: 40 });
  t.regex(
    weighed(rises, 10)[0],
    /gets no higher than 0\.45 in the run of 10 epochs: it reaches 2 in epoch 41/,
  );
  const falls: Schedule = { at: ({ epoch }) => 0.9 ** Math.floor((epoch + 1) / 30), text: '' };
  t.regex(weighed(falls, 20)[0], /begins to fall in epoch 30, after the run of 20 epochs/);
  t.deepEqual(weighed(falls, 30), []);
});

test('weights that no schedule would end draw no warning', (t) => {
  for (const weight of [
    constant(0),
    constant(2),
    linear({ from: 1, to: 0, end: 9 }),
    steps({ base: 1, milestones: [5] }),
    { at: ({ epoch }: { epoch: number }) => 0.1 * epoch, text: 'grows for ever' },
    {
      at: ({ epoch, epochs }: { epoch: number; epochs: number }) => (epoch < epochs ? 1 : 0),
      text: 'ends with the run',
    },
    { at: ({ epoch }: { epoch: number }) => [1, 1, 1, 1, 1, 1, 1, 1, 1, 1][epoch], text: 'a table' },
  ] as Schedule[]) {
    t.deepEqual(weighed(weight, 10), [], weight.text);
  }
});

test('periods beyond the run are named, the default of one is not', (t) => {
  t.deepEqual(warned({ epochs: 2 }, { stepsPerEpoch: 2 }), []);
  t.regex(
    warned({ epochs: 2, logEvery: 500 })[0],
    /^KDX_PLAN_PERIOD logEvery=500 .* 20 steps; use --set logEvery=2\./,
  );
  t.regex(warned({ epochs: 2, saveEvery: 50 })[0], /saveEvery=50 .*--set saveEvery=5/);
  t.regex(
    warned({ epochs: 2, evaluateEvery: 3 })[0],
    /evaluateEvery=3 validates once, after the last of 2 epochs/,
  );
  t.regex(
    warned({ epochs: 2, accumulate: 20 }, { stepsPerEpoch: 1 })[0],
    /accumulate=20 asks for 1280 images a step, and an epoch has 640: each step takes 10 batches/,
  );
});
