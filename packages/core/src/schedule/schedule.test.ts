import test from 'ava';
import {
  type Clock,
  constant,
  cosine,
  decayEvery,
  type Length,
  lengthInEpochs,
  linear,
  multiply,
  parseSchedule,
  type ScheduleConfig,
  steps,
  warmup,
} from '../index.js';

const clock = (epoch: number, epochs: number, stepInEpoch = 0, stepsPerEpoch = 10): Clock => ({
  epoch,
  epochs,
  stepInEpoch,
  stepsPerEpoch,
  step: epoch * stepsPerEpoch + stepInEpoch,
});

const near = (actual: number, expected: number) => Math.abs(actual - expected) <= 1e-8 * Math.abs(expected);

const deit = { base: 1e-3, min: 1e-5, warmup: 5, warmupFrom: 1e-6, per: 'epoch' } as const;

test('G6: the DeiT learning rate', (t) => {
  const rate = cosine(deit);
  for (const [epoch, expected] of [
    [0, 1e-6],
    [1, 2.008e-4],
    [4, 8.002e-4],
    [5, 9.9932162e-4],
    [150, 5.05e-4],
    [299, 1.00271412e-5],
    [300, 1e-5],
  ]) {
    t.true(near(rate.at(clock(epoch, 300)), expected), `epoch ${epoch}: ${rate.at(clock(epoch, 300))}`);
  }
});

test('G6: the DeiT learning rate in force, one epoch late', (t) => {
  const rate = cosine({ ...deit, lag: 1 });
  for (const [epoch, expected] of [
    [0, 1e-6],
    [1, 1e-6],
    [2, 2.008e-4],
    [6, 9.9932162e-4],
    [299, 1.01085617e-5],
  ]) {
    t.true(near(rate.at(clock(epoch, 300)), expected), `epoch ${epoch}: ${rate.at(clock(epoch, 300))}`);
  }
});

test('per epoch it stands still within one, per step it does not', (t) => {
  const perEpoch = cosine({ base: 1, warmup: 2, per: 'epoch' });
  t.is(perEpoch.at(clock(1, 10, 0)), perEpoch.at(clock(1, 10, 9)));
  const perStep = cosine({ base: 1, warmup: 2, per: 'step' });
  t.is(perStep.at(clock(0, 10, 5)), 0.25);
  t.is(perStep.at(clock(1, 10, 5)), 0.75);
  t.true(near(perStep.at(clock(4, 10, 5)), 0.5 * (1 + Math.cos(0.45 * Math.PI))));
});

test('a warm-up may be a share of the run', (t) => {
  const rate = cosine({ base: 1, warmup: '20%', per: 'epoch' });
  t.is(rate.at(clock(5, 50)), 0.5);
  t.is(rate.at(clock(1, 10)), 0.5);
});

test('B3: the step decay of the CRD benchmark', (t) => {
  const rate = steps({ base: 0.05, gamma: 0.1, milestones: [150, 180, 210] });
  // The spec counts epochs from 1: epoch e of it is e − 1 on the clock.
  for (const [epoch, expected] of [
    [1, 0.05],
    [150, 0.05],
    [151, 0.005],
    [180, 0.005],
    [181, 5e-4],
    [210, 5e-4],
    [211, 5e-5],
    [240, 5e-5],
  ]) {
    t.true(near(rate.at(clock(epoch - 1, 240)), expected), `epoch ${epoch}`);
  }
  const shuffleNet = steps({ base: 0.01, milestones: ['62.5%', '75%', '87.5%'] });
  t.true(near(shuffleNet.at(clock(149, 240)), 0.01));
  t.true(near(shuffleNet.at(clock(150, 240)), 0.001));
});

test('T8: the Tf-FD warm-up and early decay', (t) => {
  const w = warmup(20);
  for (const [epoch, expected] of [
    [1, 0.05],
    [10, 0.5],
    [20, 1],
    [240, 1],
  ]) {
    t.true(near(w.at(clock(epoch - 1, 240)), expected), `w(${epoch})`);
  }
  const d = decayEvery(30, 0.9);
  for (const [epoch, expected] of [
    [1, 1],
    [29, 1],
    [30, 0.9],
    [60, 0.81],
    [90, 0.729],
  ]) {
    t.true(near(d.at(clock(epoch - 1, 100)), expected), `d(${epoch})`);
  }
  t.true(near(multiply(w, d).at(clock(29, 100)), 0.9));
  t.is(warmup(20, { firstEpoch: 0 }).at(clock(0, 240)), 0);
  t.is(warmup(0).at(clock(0, 240)), 1);
});

test('a line holds its ends, and may be the anneal of DearKD stage 2 (G10)', (t) => {
  const alpha = linear({ from: 0.5, to: 1, start: 250, end: 299 });
  for (const [epoch, expected] of [
    [0, 0.5],
    [250, 0.5],
    [251, 0.51020408],
    [274, 0.74489796],
    [298, 0.98979592],
    [299, 1],
    [300, 1],
  ]) {
    t.true(near(alpha.at(clock(epoch, 300)), expected), `epoch ${epoch}`);
  }
  t.is(linear({ from: 0, to: 2, per: 'step' }).at(clock(0, 1, 5)), 1);
  t.is(linear({ from: 3, to: 7, start: 4, end: 4 }).at(clock(4, 10)), 7);
  t.is(linear({ from: 0, to: 1, start: -1, end: 19 }).at(clock(0, 240)), 0.05);
});

test('lengths are epochs or shares and nothing else', (t) => {
  t.is(lengthInEpochs(2.5, 100), 2.5);
  t.is(lengthInEpochs('10%', 25), 2.5);
  t.is(lengthInEpochs('0.5%', 200), 1);
  for (const wrong of [-1, Number.NaN, '-5%', 'ten%' as '10%', '1e3%', '%' as '10%'] as const) {
    t.throws(() => lengthInEpochs(wrong, 10), { message: /is no length/ });
  }
});

test('a schedule says what it is', (t) => {
  t.is(constant(0.9).text, '0.9');
  t.is(cosine(deit).text, 'cosine 0.001 → 0.00001, warm-up 5 from 0.000001 (per epoch)');
  t.is(steps({ base: 0.05, milestones: [150, '75%'] }).text, '0.05, ×0.1 at epoch 150, 75%');
  t.is(linear({ from: 0.5, to: 1, start: '80%', end: 299 }).text, '0.5 → 1 over epochs 80%…299');
  t.is(multiply(warmup(20), decayEvery(30, 0.9)).text, 'min(1, (e+1)/20) · 0.9^⌊(e+1)/30⌋');
});

test('a line without length is a jump, and one that goes nowhere a number', (t) => {
  const text = (from: number, to: number, start: Length, end: Length) =>
    linear({ from, to, start, end }).text;
  const jump = linear({ from: 0.5, to: 1, start: 7, end: 7 });
  t.is(jump.text, '0.5, from epoch 7 on 1');
  t.deepEqual(
    [6, 7].map((epoch) => jump.at(clock(epoch, 8))),
    [0.5, 1],
  );
  t.is(text(0.5, 1, 7, 5), '0.5, from epoch 5 on 1');
  t.is(text(0.5, 1, '80%', '80%'), '0.5, from 80% of the run on 1');
  t.is(text(0.5, 1, 0, 0), '1');
  t.is(text(0.5, 0.5, 0, 9), '0.5');
  t.is(text(0.5, 1, 7, 8), '0.5 → 1 over epochs 7…8');
  t.is(text(0.5, 1, 2.5, 7.25), '0.5 → 1 over epochs 2.5…7.25');
  t.is(text(0, 1, -1, 19), '0 → 1 over epochs -1…19');
  t.is(text(0.1 + 0.2, 1, '80%', 299), '0.3 → 1 over epochs 80%…299');
});

test('warm-ups of no length, and factors of 1, are left out of the text', (t) => {
  t.is(warmup(0).text, '1');
  t.is(warmup('0%').text, '1');
  t.is(warmup(1).text, '1');
  t.is(warmup(1, { firstEpoch: 0 }).text, 'min(1, e/1)');
  t.is(multiply(warmup(0), decayEvery(30, 0.9)).text, '0.9^⌊(e+1)/30⌋');
  t.is(multiply(constant(1), warmup(0)).text, '1');
  t.is(cosine({ base: 1, warmup: '0%' }).text, 'cosine 1 → 0 (per step)');
});

test('with its prefix a warm-up leaves the cosine its whole course (timm, t_initial = E − W)', (t) => {
  const rate = cosine({ ...deit, warmupPrefix: true });
  // 1e-5 + ½ (1e-3 − 1e-5)(1 + cos π(e − 5)/295)
  for (const [epoch, expected] of [
    [0, 1e-6],
    [4, 8.002e-4],
    [5, 1e-3],
    [152.5, 5.05e-4],
    [300, 1e-5],
  ]) {
    t.true(near(rate.at(clock(epoch, 300)), expected), `epoch ${epoch}`);
  }
  t.regex(rate.text, /warm-up 5 from 0\.000001 before it/);
  t.true(
    Number.isFinite(cosine({ base: 1, warmup: 3, warmupPrefix: true }).at(clock(3, 3))),
    'no time is left',
  );
});

test('a config names a schedule, over the base rate', (t) => {
  t.is(parseSchedule('constant', 0.3).at(clock(5, 10)), 0.3);
  t.true(near(parseSchedule({ type: 'steps', milestones: [5] }, 1).at(clock(5, 10)), 0.1));
  t.is(parseSchedule({ type: 'linear' }, 2).at(clock(5, 10)), 1);
  const { base, ...options } = deit;
  t.is(
    parseSchedule({ type: 'cosine', ...options, lag: 1 }, base).at(clock(6, 300)),
    cosine({ ...deit, lag: 1 }).at(clock(6, 300)),
  );
});

test('a config that is wrong is told how', (t) => {
  const wrong = (config: unknown) => () => parseSchedule(config as ScheduleConfig, 1);
  const code = (error: Error | undefined) => (error as { code?: string } | undefined)?.code;
  t.is(
    code(t.throws(wrong('cosinus'), { message: /no schedule "cosinus".*Did you mean "cosine"/ })),
    'KDX_SCHEDULE_INVALID',
  );
  t.throws(wrong({ type: 'steps' }), { message: /schedule "steps".*milestones/ });
  t.throws(wrong({ type: 'cosine', warmpu: 5 }), { message: /warmpu/ });
  t.throws(wrong({ type: 'cosine', warmup: 'five' }), { message: /warmup/ });
  t.throws(wrong({ type: 'cosine', lag: -1 }), { message: /lag/ });
  t.throws(wrong(null), { message: /no schedule "undefined"/ });
});
