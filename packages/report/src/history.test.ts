import type { RunEvent } from '@kdx/core';
import test from 'ava';
import { History } from './history.js';
import { scores } from './runs.test.helper.js';

const begin: RunEvent = { type: 'run-start', run: 'r', resumedAt: 0, steps: 6 };
const teacher = (name: string, top1: number, split: 'test' | 'validation' = 'test'): RunEvent => ({
  type: 'teacher',
  name,
  split,
  scores: scores(top1),
});

function teachersOf(...events: RunEvent[]): unknown[] {
  const history = new History();
  for (const event of events) history.add(event);
  return history.teachers.map(({ split, weights, values }) => [split, weights, values.top1]);
}

test('teachers of one name are numbered, split by split', (t) => {
  t.deepEqual(
    teachersOf(
      begin,
      teacher('resnet', 70),
      teacher('vit', 71),
      teacher('resnet', 72),
      teacher('resnet', 73),
      teacher('vit', 74, 'validation'),
    ),
    [
      ['test', 'resnet', 70],
      ['test', 'vit', 71],
      ['test', 'resnet #2', 72],
      ['test', 'resnet #3', 73],
      ['validation', 'vit', 74],
    ],
  );
});

test('a run that goes on has the same teachers, not more', (t) => {
  const both = [teacher('resnet', 70), teacher('resnet', 72)];
  t.deepEqual(teachersOf(begin, ...both, { ...begin, resumedAt: 2 } as RunEvent, ...both), [
    ['test', 'resnet', 70],
    ['test', 'resnet #2', 72],
  ]);
  t.deepEqual(
    teachersOf(begin, teacher('resnet', 70), { ...begin, resumedAt: 2 } as RunEvent),
    [['test', 'resnet', 70]],
    'one that says nothing of them has those of before',
  );
});
