import { join, sep } from 'node:path';
import test from 'ava';
import { runNames } from './run-names.js';

const names = (...paths: string[]): string[] => runNames(paths.map((path) => sep + join(...path.split('/'))));

test('runs are named by what tells them apart', (t) => {
  t.deepEqual(names('a/runs/plain/seed-0', 'a/runs/kd/seed-0'), ['plain', 'kd']);
  t.deepEqual(names('a/runs/kd/seed-0', 'a/runs/kd/seed-1'), ['seed-0', 'seed-1']);
  t.deepEqual(names('a/kd/seed-0', 'a/kd/seed-1', 'a/plain/seed-0'), [
    'kd/seed-0',
    'kd/seed-1',
    'plain/seed-0',
  ]);
  t.deepEqual(names('one/x', 'two/y'), ['one/x', 'two/y']);
  t.deepEqual(names('x/runs/a', 'y/runs/a'), ['x', 'y']);
});

test('a run alone has the name of its folder, with its arm if that is a seed', (t) => {
  t.deepEqual(names('a/b/mine'), ['mine']);
  t.deepEqual(names('a/b/kd/seed-0'), ['kd/seed-0']);
});

test('no names for no runs', (t) => {
  t.deepEqual(names(), []);
});
