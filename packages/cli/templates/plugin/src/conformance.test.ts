import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { conformance } from '@kdx/testing';
import * as tf from '@tensorflow/tfjs';
import { myMethod } from './index.js';

await tf.setBackend('cpu');

test('the plugin has the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  assert.equal(myMethod.definition.version, manifest.version);
});

conformance(test, {
  plugin: myMethod,
  cases: [
    { student: 'cnn', teacher: 'cnn', minimum: { 'my-method/similarity': 0 } },
    {
      student: 'vit',
      options: { student: 'f1', weight: 10 },
      minimum: { 'my-method/similarity': 'features of two shapes are never equal.' },
    },
  ],
});
