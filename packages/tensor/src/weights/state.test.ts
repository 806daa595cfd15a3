import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { type Parameter, type ParameterLayout } from '../parameters/parameter.js';
import { type HostTensor } from './host-tensor.js';
import { exportState, importState } from './state.js';

await tf.setBackend('cpu');

function parameter(
  name: string,
  shape: number[],
  values: number[],
  layout: ParameterLayout = 'same',
): Parameter {
  return { name, layout, decay: true, variable: tf.variable(tf.tensor(values, shape)) };
}

const model = () => ({
  parameters: new Map([
    ['fc.weight', parameter('fc.weight', [2, 3], [1, 2, 3, 4, 5, 6], 'linear')],
    ['fc.bias', parameter('fc.bias', [3], [7, 8, 9])],
  ]),
  buffers: new Map([['bn.running_mean', parameter('bn.running_mean', [2], [0.5, -0.5])]]),
});

const values = (p: Parameter | undefined) => [...(p?.variable.dataSync() ?? [])];

async function refuses(
  t: ExecutionContext,
  change: (state: Map<string, HostTensor>) => void,
  message: RegExp,
) {
  const { parameters, buffers } = model();
  const state = await exportState(parameters, buffers);
  for (const [name, { shape, data }] of state) state.set(name, { shape, data: data.map((x) => x + 100) });
  change(state);
  const error = t.throws(() => importState(parameters, buffers, state, { where: 'w.safetensors' }), {
    message,
  });
  t.is((error as { code?: string }).code, 'KDX_WEIGHTS_MISMATCH');
  t.deepEqual(values(parameters.get('fc.bias')), [7, 8, 9], 'nothing was assigned');
  t.deepEqual(values(parameters.get('fc.weight')), [1, 2, 3, 4, 5, 6]);
}

test('a state is exported in PyTorch layout and is a copy', async (t) => {
  const { parameters, buffers } = model();
  const state = await exportState(parameters, buffers);
  t.deepEqual([...state.keys()], ['fc.weight', 'fc.bias', 'bn.running_mean']);
  t.deepEqual(state.get('fc.weight'), { shape: [3, 2], data: Float32Array.of(1, 4, 2, 5, 3, 6) });
  state.get('fc.bias')?.data.fill(0);
  t.deepEqual(values(parameters.get('fc.bias')), [7, 8, 9]);
});

test('a state that was exported is imported whole, without a leak', async (t) => {
  const source = model();
  const state = await exportState(source.parameters, source.buffers);
  state.set('bn.num_batches_tracked', { shape: [], data: Int32Array.of(5) });
  const target = model();
  for (const p of [...target.parameters.values(), ...target.buffers.values()]) {
    const zeros = tf.zerosLike(p.variable);
    p.variable.assign(zeros);
    zeros.dispose();
  }
  const before = tf.memory().numTensors;
  importState(target.parameters, target.buffers, state, { where: 'w.safetensors' });
  t.is(tf.memory().numTensors, before);
  t.deepEqual(values(target.parameters.get('fc.weight')), [1, 2, 3, 4, 5, 6]);
  t.deepEqual(values(target.buffers.get('bn.running_mean')), [0.5, -0.5]);
});

test('a missing name is refused before anything is set', async (t) => {
  await refuses(t, (state) => state.delete('fc.bias'), /"w.safetensors" lacks 1 tensor: "fc.bias"/);
});

test('an unknown name is refused with its suggestion', async (t) => {
  await refuses(
    t,
    (state) => {
      state.set('fc.bais', state.get('fc.bias')!);
      state.delete('fc.bias');
    },
    /lacks 1 tensor: "fc.bias" and has the unknown 1 tensor: "fc.bais" \(did you mean "fc.bias"\?\)/,
  );
});

test('of many unknown names five are listed and all are counted', async (t) => {
  await refuses(
    t,
    (state) => {
      for (let i = 0; i < 12; i += 1) state.set(`extra.${i}`, { shape: [1], data: Float32Array.of(0) });
    },
    /unknown 12 tensors: "extra.0", "extra.1", "extra.2", "extra.3", "extra.4", …;/,
  );
});

test('a shape that differs names both', async (t) => {
  await refuses(
    t,
    (state) => state.set('fc.weight', { shape: [2, 3], data: new Float32Array(6) }),
    /"fc.weight" is \[2, 3\] in "w.safetensors" and \[3, 2\] in the model/,
  );
});
