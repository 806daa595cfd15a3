import { explainRun } from '@kdx/core/inspect';
import { classification } from '@kdx/task-classification';
import { near, step, wired } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';

await tf.setBackend('cpu');

// G2 of the specification of DeiT.
const golden = {
  student: {
    class: [
      [2, 0.5, -1],
      [-0.2, 0.1, 0.4],
    ],
  },
  labels: [0, 1],
};

test('golden value: cross-entropy of the class head', async (t) => {
  const { terms } = await step({ ...golden, plugins: [classification()] });
  t.true(near(terms['classification/ce'], 0.68485073));
});

test('it learns from mixed and smoothed targets as they are', async (t) => {
  const run = await wired({ ...golden, plugins: [classification()] });
  const term = run.composition.terms.find(({ id }) => id === 'classification/ce');
  // G3: label smoothing 0.1, mixed with the reversed batch by 0.7.
  const values: Record<string, tf.Tensor> = {
    'student.logits': tf.tensor2d(golden.student.class),
    targets: tf.tensor2d([
      [0.66333333, 0.30333333, 0.03333333],
      [0.30333333, 0.66333333, 0.03333333],
    ]),
  };
  const read = <T extends tf.Tensor>(ref: string): T => values[ref] as T;
  const loss = term?.compute({ read } as Parameters<NonNullable<typeof term>['compute']>[0]);
  t.true(near(loss?.dataSync()[0] ?? 0, 1.00285073));
  await run.dispose();
});

test('it is a term like any other, and says that it is the task', async (t) => {
  const run = await wired({ ...golden, plugins: [classification()] });
  const term = explainRun(run.composition).terms.find(({ plugin }) => plugin === 'classification');
  t.deepEqual([term?.group, term?.formula, term?.trains], ['task', 'CE(z, ỹ)', ['student']]);
  t.deepEqual(classification.definition.offers, ['task']);
  await run.dispose();
});

test('it has no options', (t) => {
  t.throws(() => classification({ weight: 2 } as never), { message: /"classification".*"weight"/ });
});
