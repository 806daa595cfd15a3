import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { EventTail } from './event-tail.js';
import { temporaryFolder } from './runs.test.helper.js';

const line = (step: number): string =>
  `${JSON.stringify({ type: 'log', step, source: 'é', message: 'x' })}\n`;
const steps = ({ events }: ReturnType<EventTail['read']>): unknown[] =>
  events.map((event) => (event as { step: number }).step);

function logged(t: ExecutionContext, text: string): { readonly file: string; readonly tail: EventTail } {
  const file = join(temporaryFolder(t), 'events.jsonl');
  writeFileSync(file, text);
  return { file, tail: new EventTail(file) };
}

test('what was read is not read again, and half a line waits for its end', (t) => {
  const { file, tail } = logged(t, line(1) + line(2));
  t.deepEqual(steps(tail.read()), [1, 2]);
  t.deepEqual(tail.read(), { events: [], anew: false });
  const third = line(3);
  appendFileSync(file, third.slice(0, 20));
  t.deepEqual(tail.read(), { events: [], anew: false });
  t.true(tail.cutOff);
  appendFileSync(file, third.slice(20));
  t.deepEqual(steps(tail.read()), [3]);
  t.false(tail.cutOff);
});

test('a log that was cut back is read anew, even if it has grown beyond where it was', (t) => {
  const { file, tail } = logged(t, line(1) + line(2) + line(3));
  tail.read();
  truncateSync(file, Buffer.byteLength(line(1)));
  const shorter = tail.read();
  t.deepEqual([steps(shorter), shorter.anew], [[1], true]);
  appendFileSync(file, line(7) + line(8));
  t.deepEqual(steps(tail.read()), [7, 8]);
  truncateSync(file, Buffer.byteLength(line(1)));
  appendFileSync(file, line(10) + line(11) + line(12));
  const longer = tail.read();
  t.deepEqual([steps(longer), longer.anew], [[1, 10, 11, 12], true]);
});

test('damaged lines are counted by number and passed over', (t) => {
  const { tail } = logged(t, `${line(1)}\0\0\0\n${line(2)}\n[1]\n{"type":5}\n{"no\n${line(3)}`);
  t.deepEqual(steps(tail.read()), [1, 2, 3]);
  t.deepEqual(tail.damaged, [2, 5, 6, 7], 'an empty line is none');
});

test('a log that is not there yet has nothing, and one that goes is forgotten', (t) => {
  const tail = new EventTail(join(temporaryFolder(t), 'events.jsonl'));
  t.deepEqual(tail.read(), { events: [], anew: false });
  writeFileSync(tail.file, line(1));
  t.deepEqual(steps(tail.read()), [1]);
});

test('lines longer than what is read at once are whole', (t) => {
  const long = `${JSON.stringify({ type: 'log', step: 1, source: 's', message: 'é'.repeat(1_500_000) })}\n`;
  const { tail } = logged(t, long + line(2));
  const { events } = tail.read();
  t.is((events[0] as { message: string }).message.length, 1_500_000);
  t.deepEqual(tail.damaged, []);
  t.is(events.length, 2);
});
