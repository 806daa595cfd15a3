import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { recordingEngine, TFJS_VERSION } from './engine.js';
import { KERNELS_WITH_LEAN_GRADIENTS } from './lean-gradients.js';
import { KERNELS_THAT_READ_LESS } from './saved-reads.js';

await tf.setBackend('cpu');

const why = 'kdx walks the tape of this very version; read packages/core/src/autodiff before changing it';

test('TensorFlow.js is the version whose inside this package knows', (t) => {
  t.is(tf.version['tfjs-core'], TFJS_VERSION, why);
});

test('the engine records what the walk needs', (t) => {
  const engine = recordingEngine();
  const { addTapeNode } = engine;
  const calls: Parameters<typeof addTapeNode>[] = [];
  const x = tf.tensor1d([1, 2]);
  engine.startTape();
  t.deepEqual(engine.state.activeTape, [], why);
  t.is(engine.state.gradientDepth, 1, why);
  engine.addTapeNode = (...call) => {
    calls.push(call);
    addTapeNode.apply(engine, call);
  };
  tf.sum(x, 0);
  delete (engine as Partial<typeof engine>).addTapeNode;
  engine.endTape();
  const [clone, sum] = engine.state.activeTape ?? [];
  engine.state.activeTape = null;

  t.deepEqual(Object.keys(sum), ['id', 'kernelName', 'inputs', 'outputs', 'saved', 'gradient'], why);
  t.is(clone.outputs[0], sum.saved[0], `${why}: what is saved is a clone, recorded before its op`);
  const [kernelName, inputs, outputs, , saved, attributes] = calls[1];
  t.is(kernelName, tf.Sum, why);
  t.is(inputs.x, x, why);
  t.deepEqual(outputs[0].shape, [], why);
  t.true(saved[0].kept, why);
  t.deepEqual(attributes, { axis: 0, keepDims: false }, why);
  saved[0].dispose();
  t.deepEqual(saved[0].shape, [2], `${why}: a disposed tensor keeps its shape`);
  t.is(engine.addTapeNode, addTapeNode, why);
});

test('the kernels whose gradients are known inside exist', (t) => {
  for (const name of [...KERNELS_THAT_READ_LESS, ...KERNELS_WITH_LEAN_GRADIENTS])
    t.truthy(tf.getGradient(name), name);
});

test('an engine that looks different inside is refused by a sentence', (t) => {
  const engine = tf.engine() as unknown as { addTapeNode?: unknown };
  engine.addTapeNode = (_: string) => {};
  // A fresh module has not yet looked at this engine.
  return import(`./engine.js?fresh=${Date.now()}`)
    .then((fresh: { recordingEngine: typeof recordingEngine }) => {
      t.throws(fresh.recordingEngine, {
        code: 'KDX_TFJS_INTERNALS',
        message: /addTapeNode.*install @tensorflow\/tfjs 4/,
      });
    })
    .finally(() => delete engine.addTapeNode);
});
