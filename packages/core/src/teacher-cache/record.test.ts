import test from 'ava';
import { openRecord, sealRecord } from './record.js';

const values = Float32Array.of(1.5, -0, 3e-40, 7);

test('a record gives back its values, bit for bit', (t) => {
  const opened = openRecord('a/1', sealRecord('a/1', values));
  t.deepEqual(opened, values);
  t.true(Object.is((opened as Float32Array)[1], -0));
});

test('a record elsewhere, a bit of it turned, or a part of it missing is damaged', (t) => {
  const record = sealRecord('a/1', values);
  t.is(openRecord('a/2', record), 'damaged');
  t.is(openRecord('b/1', record), 'damaged');
  for (let bit = 0; bit < record.length * 8; bit++) {
    const turned = record.slice();
    turned[bit >> 3] ^= 1 << (bit & 7);
    t.is(openRecord('a/1', turned), 'damaged', `bit ${bit}`);
  }
  // The last value is not 0, nor is the checksum.
  for (let kept = 1; kept < record.length; kept++) {
    const torn = new Uint8Array(record.length);
    torn.set(record.subarray(0, kept));
    t.is(openRecord('a/1', torn), 'damaged', `${kept} bytes`);
  }
  const shorter = new Uint8Array(record.length);
  shorter.set(sealRecord('a/1', values.subarray(0, 3)));
  t.is(openRecord('a/1', shorter), 'damaged', 'another length');
});

test('zeros are a slot that was not written, and are no values', (t) => {
  t.is(openRecord('a/1', new Uint8Array(20)), 'unwritten');
  t.deepEqual(openRecord('a/1', sealRecord('a/1', new Float32Array(4))), new Float32Array(4));
});
