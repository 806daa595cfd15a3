import test from 'ava';
import { type RunEvent } from '../index.js';
import { EventStream } from './event-stream.js';

test('everyone who listens gets every event, in order', (t) => {
  const stream = new EventStream();
  const [one, two]: [RunEvent[], RunEvent[]] = [[], []];
  stream.on('event', (event) => one.push(event));
  stream.on('event', (event) => two.push(event));
  const events: RunEvent[] = [
    { type: 'run-start', run: 'x', resumedAt: 0, steps: 1 },
    { type: 'run-end', step: 1, seconds: 2 },
  ];
  for (const event of events) stream.send(event);
  t.deepEqual(one, events);
  t.deepEqual(two, events);
});
