import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type RunEvent, RunStore } from '../index.js';
import { begunFolder, code, fitted, recorded, task, tinyRun } from '../train/tiny-run.test.helper.js';
import { RunEvents } from './run-events.js';

await tf.setBackend('cpu');

const end: RunEvent = { type: 'run-end', step: 4, seconds: 0 };
const logged = (step: number): RunEvent => ({ type: 'log', step, source: 'x', message: 'x' });
const turn = () => new Promise((done) => setImmediate(done));

test('an observer that throws is warned of; the others and the sender go on', async (t) => {
  const stream = new RunEvents();
  const seen: RunEvent[] = [];
  stream.on('event', () => {
    throw new Error('no paper');
  });
  stream.on('event', async () => Promise.reject(new Error('no ink')));
  stream.on('event', (event) => seen.push(event));
  t.notThrows(() => stream.send(end));
  await turn();
  t.deepEqual(seen.map(({ type }) => type).sort(), ['run-end', 'warning', 'warning']);
  const messages = seen.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  t.deepEqual(messages, [
    `An observer of the run's events failed at "run-end": no paper`,
    `An observer of the run's events failed at "run-end": no ink`,
  ]);
});

test('a recorder that throws does fail the sender', (t) => {
  const stream = new RunEvents();
  stream.recorder = () => {
    throw new Error('disk full');
  };
  t.throws(() => stream.send(end), { message: 'disk full' });
});

test('listeners come and go by the function that was given', (t) => {
  const stream = new RunEvents();
  const seen: string[] = [];
  const listener = (event: RunEvent): void => void seen.push(event.type);
  const context = { tag: 'mine' };
  stream.on('event', listener).once('event', () => seen.push('once'));
  stream.addListener(
    'event',
    function (this: typeof context) {
      seen.push(this.tag);
    } as (event: RunEvent) => void,
    context,
  );
  stream.send(end);
  t.deepEqual(seen.splice(0), ['run-end', 'once', 'mine']);
  stream.off('event', listener);
  stream.send(end);
  t.deepEqual(seen.splice(0), ['mine']);
  stream.once('event', listener).removeListener('event', listener).removeAllListeners();
  stream.send(end);
  t.deepEqual(seen, []);
  t.is(stream.listenerCount('event'), 0);
});

test('the stream knows how far the run is', (t) => {
  const stream = new RunEvents();
  t.is(stream.step, 0);
  stream.send({ type: 'run-start', run: 'x', resumedAt: 5, steps: 9 });
  t.is(stream.step, 5);
  stream.send(logged(7));
  stream.send(logged(6));
  t.is(stream.step, 7);
});

test('an observer of a run cannot break it or change a bit', async (t) => {
  const { weights } = await fitted({});
  const run = await tinyRun();
  run.events.on('event', (event) => {
    if (event.type === 'step') throw new Error('boom');
  });
  const events = recorded(run);
  await run.fit();
  t.deepEqual(
    Object.fromEntries(
      [...run.composition.student.parameters].map(([name, { variable }]) => [name, [...variable.dataSync()]]),
    ),
    Object.fromEntries(Object.entries(weights).filter(([name]) => name !== 'layer1.mean')),
  );
  t.is(events.filter(({ type }) => type === 'warning').length, 6);
  await run.dispose();
});

test('a folder that takes no events ends the run as a write failure, and observers hear of it', async (t) => {
  const store = RunStore.open(begunFolder());
  const run = await tinyRun({ plugins: [task()], store });
  const events = recorded(run);
  store.events.append = () => {
    throw Object.assign(new Error('full'), { code: 'KDX_WRITE_FAILED' });
  };
  const error = await t.throwsAsync(run.fit());
  t.is(code(error), 'KDX_WRITE_FAILED');
  t.deepEqual(
    events.map((event) => event.type === 'error' && event.code),
    ['KDX_WRITE_FAILED'],
  );
  await run.dispose();
});
