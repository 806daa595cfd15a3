import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { keyedRng } from '../random/keyed-rng.js';
import { type Initializer } from './parameter.js';
import { ParameterStore } from './store.js';

const code = (error: unknown) => (error as { code?: string }).code;

await tf.setBackend('cpu');

const normal: Initializer = (shape, rng) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
const storeOf = (seed = 0) => new ParameterStore('model', (name) => keyedRng(seed, 'init', name));

test.serial('scopes nest into dotted names, in order of registration', (t) => {
  const before = tf.memory().numTensors;
  const store = storeOf();
  const block = store.scope().child('blocks').child(3);
  t.is(block.path, 'blocks.3');
  block.child('attn').parameter('weight', [2, 3], normal, { layout: 'linear' });
  block.parameter('bias', [3], normal);
  block.buffer('running_mean', [3], normal);
  t.deepEqual([...store.parameters.keys()], ['blocks.3.attn.weight', 'blocks.3.bias']);
  t.deepEqual([...store.buffers.keys()], ['blocks.3.running_mean']);
  t.is(store.size, 9, 'buffers are not counted');
  const weight = store.parameters.get('blocks.3.attn.weight');
  t.is(weight?.layout, 'linear');
  t.deepEqual(weight?.variable.shape, [2, 3]);
  t.true(weight?.variable.trainable);
  t.false(store.buffers.get('blocks.3.running_mean')?.variable.trainable);
  t.is(tf.memory().numTensors, before + 3, 'nothing but what is kept');
  store.dispose();
  t.is(tf.memory().numTensors, before);
  t.is(store.size, 0);
});

test('weight decay takes matrices and kernels, not vectors and biases, unless it is said', (t) => {
  const store = storeOf();
  const scope = store.scope();
  scope.parameter('weight', [2, 2], normal);
  scope.parameter('kernel', [3, 3, 1, 2], normal);
  scope.parameter('gamma', [2], normal);
  scope.child('table').parameter('bias', [2, 2], normal);
  scope.parameter('cls_token', [1, 1, 2], normal, { decay: false });
  scope.parameter('scale', [2], normal, { decay: true });
  scope.buffer('matrix', [2, 2], normal);
  const decays = [...store.parameters].flatMap(([name, { decay }]) => (decay ? [name] : []));
  t.deepEqual(decays, ['weight', 'kernel', 'scale']);
  t.false(store.buffers.get('matrix')?.decay);
  store.dispose();
});

test('a name is taken once, among parameters and buffers together', (t) => {
  const store = storeOf();
  store.scope('head').parameter('weight', [1], normal);
  for (const register of [
    () => store.scope().child('head').parameter('weight', [1], normal),
    () => store.scope('head').buffer('weight', [1], normal),
  ]) {
    const error = t.throws(register);
    t.is(code(error), 'KDX_PARAMETER_TWICE');
    t.true(error.message.includes('"head.weight"'));
  }
  store.dispose();
});

test('initial values are keyed by name: one more parameter moves no other', (t) => {
  const few = storeOf();
  few.scope().parameter('b', [4], normal);
  const many = storeOf();
  many.scope().parameter('a', [4], normal);
  many.scope().parameter('b', [4], normal);
  const other = storeOf(1);
  other.scope().parameter('b', [4], normal);
  const values = (store: ParameterStore, name: string) => [
    ...(store.parameters.get(name)?.variable.dataSync() ?? []),
  ];
  t.deepEqual(values(few, 'b'), values(many, 'b'));
  t.notDeepEqual(values(many, 'a'), values(many, 'b'));
  t.notDeepEqual(values(other, 'b'), values(few, 'b'));
  for (const store of [few, many, other]) store.dispose();
});

test('two stores of one label live in one process', (t) => {
  const [a, b] = [storeOf(), storeOf()];
  const one = a.scope().parameter('weight', [1], normal);
  const two = b.scope().parameter('weight', [1], normal);
  t.not(one.name, two.name);
  one.assign(tf.tensor1d([5]));
  t.not(two.dataSync()[0], 5);
  a.dispose();
  t.notThrows(() => two.dataSync());
  b.dispose();
});
