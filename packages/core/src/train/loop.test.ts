import { type Parameter } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type Clock } from '../index.js';
import { clockAt, type Loop, runLoop } from '../run.js';
import { totalSteps } from './loop.js';

await tf.setBackend('cpu');

const place = ({ epoch, stepInEpoch, stepsPerEpoch }: Clock) => [epoch, stepInEpoch, stepsPerEpoch];

test('the clock of one phase', (t) => {
  const phases = [{ epochs: 3, stepsPerEpoch: 4 }];
  t.deepEqual(clockAt(phases, 0), { epoch: 0, epochs: 3, stepInEpoch: 0, stepsPerEpoch: 4, step: 0 });
  t.deepEqual(clockAt(phases, 7), { epoch: 1, epochs: 3, stepInEpoch: 3, stepsPerEpoch: 4, step: 7 });
  t.deepEqual(
    clockAt(phases, 12),
    { epoch: 3, epochs: 3, stepInEpoch: 0, stepsPerEpoch: 4, step: 12 },
    'the end',
  );
  t.is(totalSteps(phases), 12);
  t.throws(() => clockAt([], 0), { instanceOf: RangeError });
});

test('the clock of several phases counts epochs through, with each phase’s own length', (t) => {
  const short = { epochs: 2, stepsPerEpoch: 1 };
  const long = { epochs: 1, stepsPerEpoch: 3 };
  const phases = [short, long, short, { epochs: 0, stepsPerEpoch: 5 }];
  t.is(totalSteps(phases), 7);
  const places = Array.from({ length: 8 }, (_, step) => place(clockAt(phases, step)));
  t.deepEqual(places.slice(0, 7), [
    [0, 0, 1],
    [1, 0, 1],
    [2, 0, 3],
    [2, 1, 3],
    [2, 2, 3],
    [3, 0, 1],
    [4, 0, 1],
  ]);
  t.deepEqual(places[7].slice(0, 2), [5, 0]);
  t.is(clockAt(phases, 3).epochs, 5);
  t.deepEqual(place(clockAt([short, long, short], 3)), [2, 1, 3], 'one phase object may stand twice');
});

/** Moves an image's pixels towards a target: what is optimised need not be a model. */
function pixels(target: number, micros = 1) {
  const variable = tf.tidy(() => tf.variable(tf.zeros([2, 2])));
  const parameter: Parameter = { name: 'pixels', variable, layout: 'same', decay: false };
  const seen: string[] = [];
  let open = 0;
  const loop: Loop<tf.Tensor> = {
    phases: [
      { epochs: 1, stepsPerEpoch: 2 },
      { epochs: 2, stepsPerEpoch: 3 },
    ],
    variables: () => new Map([['pixels', parameter]]),
    microSteps: () => micros,
    prepare: async (_, micro) => {
      open += 1;
      return tf.scalar(target + micro);
    },
    loss: (goal) => tf.sum(tf.squaredDifference(variable, goal)) as tf.Scalar,
    weight: () => 1,
    update: (gradients, { epoch }) => {
      const rate = epoch === 0 ? 0.1 : 0.25;
      variable.assign(tf.sub(variable, tf.mul(gradients.get('pixels') as tf.Tensor, rate)));
    },
    release: (goal) => {
      open -= 1;
      goal.dispose();
    },
    onEpochStart: async (clock) => void seen.push(`start ${clock.epoch}`),
    onStepEnd: async (clock, next) => void seen.push(`${clock.step}→${next.step}`),
    onEpochEnd: async (clock, next) => void seen.push(`end ${clock.epoch}, next ${next.epoch}`),
  };
  return { loop, variable, seen, open: () => open };
}

test.serial('two phases optimise the pixels of a plain variable', async (t) => {
  const before = tf.memory().numTensors;
  const { loop, variable, seen, open } = pixels(1);
  await runLoop(loop, 0);
  // x ← x − η · 2(x − 1): the distance falls by 0.8 twice, then by 0.5 six times.
  const expected = 1 - 0.8 ** 2 * 0.5 ** 6;
  for (const pixel of variable.dataSync()) t.true(Math.abs(pixel - expected) < 1e-6);
  t.deepEqual(seen.slice(0, 6), ['start 0', '0→1', '1→2', 'end 0, next 1', 'start 1', '2→3']);
  t.deepEqual(seen.slice(-2), ['7→8', 'end 2, next 3']);
  t.is(open(), 0);
  variable.dispose();
  t.is(tf.memory().numTensors, before);
});

test.serial('a loop may begin in the middle', async (t) => {
  const { loop, variable, seen } = pixels(1);
  await runLoop(loop, 6);
  t.deepEqual(seen, ['6→7', '7→8', 'end 2, next 3']);
  t.true(Math.abs(variable.dataSync()[0] - 0.75) < 1e-6);
  variable.dispose();
});

test.serial('the gradients of micro-steps are averaged by weight', async (t) => {
  const before = tf.memory().numTensors;
  const { loop, variable } = pixels(0, 2);
  // Targets 0 and 1 with weights 1 and 3: the mean gradient is that of the target 0.75.
  let micro = 0;
  await runLoop(
    { ...loop, phases: [{ epochs: 1, stepsPerEpoch: 1 }], weight: () => (micro++ === 0 ? 1 : 3) },
    0,
  );
  t.true(Math.abs(variable.dataSync()[0] - 0.1 * 2 * 0.75) < 1e-6);
  variable.dispose();
  t.is(tf.memory().numTensors, before);
});

test.serial('what a failing step prepared is released', async (t) => {
  const before = tf.memory().numTensors;
  for (const micros of [1, 2]) {
    const { loop, variable, open } = pixels(0, micros);
    let calls = 0;
    const failing: Loop<tf.Tensor> = {
      ...loop,
      loss: (goal, clock) => {
        calls += 1;
        if (calls === micros) throw new Error('no loss');
        return loop.loss(goal, clock);
      },
    };
    await t.throwsAsync(runLoop(failing, 0), { message: 'no loss' });
    t.is(open(), 0);
    variable.dispose();
  }
  t.is(tf.memory().numTensors, before);
});

test.serial('a variable that the loss does not reach gets no gradient, not one of zeros', async (t) => {
  const { loop, variable } = pixels(1);
  const other = tf.variable(tf.scalar(3));
  const names: string[][] = [];
  const both: Loop<tf.Tensor> = {
    ...loop,
    variables: (clock) =>
      new Map([
        ...loop.variables(clock),
        ['other', { name: 'other', variable: other, layout: 'same', decay: true }],
      ]),
    update: (gradients) => void names.push([...gradients.keys()]),
  };
  await runLoop(both, 7);
  t.deepEqual(names, [['pixels']]);
  tf.dispose([variable, other]);
});
