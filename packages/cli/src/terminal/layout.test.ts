import test from 'ava';
import { columns, padTo, widthOf, wrapped } from './layout.js';

test('width is what a terminal shows: colours and marks on letters take none', (t) => {
  const ESC = String.fromCharCode(27);
  t.is(widthOf(`${ESC}[1mα₁${ESC}[22m`), 2);
  t.is(widthOf('y\u0303'), 1);
  t.is(widthOf('τ²·KL(t ‖ s)'), 12);
  t.is(padTo('ỹ', 3), 'ỹ  ');
});

test('cells stand below each other, without spaces at the end', (t) => {
  t.deepEqual(
    columns([
      ['a', 'bb', 'c'],
      ['aaa', 'b', ''],
    ]),
    ['a    bb  c', 'aaa  b'],
  );
});

test('a row without room for its last cell has it below, at the right', (t) => {
  const rows = [
    ['L = x', 'one'],
    [`  + ${'y'.repeat(30)}`, 'two'],
  ];
  const lines = columns(rows, { width: 20 });
  t.deepEqual(lines, ['L = x  one', `  + ${'y'.repeat(30)}`, `${' '.repeat(17)}two`]);
});

test('text breaks between words and is indented below', (t) => {
  t.deepEqual(wrapped('one two three', { first: '> ', rest: '  ', width: 9 }), ['> one two', '  three']);
  t.deepEqual(wrapped('unbreakable', { first: '> ', rest: '  ', width: 5 }), ['> unbreakable']);
});
