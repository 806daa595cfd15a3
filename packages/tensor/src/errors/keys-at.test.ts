import test from 'ava';
import { z } from 'zod';
import { keysAt } from './keys-at.js';

const schema = z.strictObject({
  epochs: z.int().default(1),
  optimizer: z
    .discriminatedUnion('name', [
      z.strictObject({ name: z.literal('sgd'), momentum: z.number() }),
      z.strictObject({ name: z.literal('adam'), betas: z.array(z.number()), eps: z.number() }),
    ])
    .prefault({ name: 'sgd', momentum: 0.9 }),
});

test('the keys of the whole and of a part', (t) => {
  t.deepEqual(keysAt(schema, [], {}), ['epochs', 'optimizer']);
  t.deepEqual(keysAt(schema, ['epochs'], {}), []);
  t.deepEqual(keysAt(schema, ['nowhere'], {}), []);
});

test('of a union only the branch that is named', (t) => {
  t.deepEqual(keysAt(schema, ['optimizer'], { optimizer: { name: 'adam' } }), ['name', 'betas', 'eps']);
  t.deepEqual(keysAt(schema, ['optimizer'], { optimizer: { name: 'sgd' } }), ['name', 'momentum']);
});

test('of a union all branches when none is named', (t) => {
  for (const given of [undefined, {}, { optimizer: 'adam' }, { optimizer: { name: 'lion' } }])
    t.deepEqual(keysAt(schema, ['optimizer'], given), ['name', 'momentum', 'betas', 'eps']);
});
