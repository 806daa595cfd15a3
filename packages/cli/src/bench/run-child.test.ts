import test from 'ava';
import { eventIn } from './run-child.js';

test('a line that is not an event of a run is passed over', (t) => {
  for (const line of [
    '',
    '{',
    '{ step: 1, loss: 2 }',
    'null',
    '5',
    '[1]',
    '"step"',
    '{"step":1}',
    '{"type":5}',
    '{"type":"step"}',
    '{"type":"step","epoch":0,"loss":"low","imagesPerSecond":1}',
    '{"type":"run-start"}',
    '{"type":"evaluation","heads":null}',
    '{"type":"evaluation","heads":{"fused":{}}}',
    '{"type":"warning"}',
    '{"type":"error","code":5}',
    '{"type":"run-end"}',
  ]) {
    t.is(eventIn(line), undefined, line);
  }
  for (const event of [
    { type: 'step', step: 1, epoch: 0, loss: 0.5, imagesPerSecond: 8, terms: {}, learningRate: 0.1 },
    { type: 'run-end', step: 4, seconds: 2 },
    { type: 'summary', run: 'x' },
    { type: 'toString' },
  ]) {
    t.deepEqual(eventIn(JSON.stringify(event)) as unknown, event);
  }
});
