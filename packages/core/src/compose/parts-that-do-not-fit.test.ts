import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import type { DataSource, Model, RunEvent, WeightFacts } from '../index.js';
import { TinyModel } from '../train/tiny-model.test.helper.js';
import { plugin, task, tinyRun } from '../train/tiny-run.test.helper.js';
import { tinyTask } from '../train/tiny-task.test.helper.js';

await tf.setBackend('cpu');

const warningsOf = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'warning' ? [`${event.code} ${event.message}`] : []));
/** A teacher that was built in code from a file. */
const fromFile = (facts: Omit<WeightFacts, 'file'>): Model =>
  Object.assign(new TinyModel({ seed: 1 }), { weights: { file: 't.safetensors', ...facts } });

test('what data lacks that the task needs is warned of', async (t) => {
  const warnings = ({ name }: DataSource) => [{ code: 'KDX_CLASS_EMPTY', message: `${name} lacks images` }];
  const needing = plugin('needing', { task: () => ({ ...tinyTask, warnings }) });
  const run = await tinyRun({ plugins: [needing], settings: { epochs: 1 } });
  const events: RunEvent[] = [];
  run.events.on('event', (event) => events.push(event));
  await run.fit();
  t.true(warningsOf(events).includes('KDX_CLASS_EMPTY tiny-data lacks images'));
  t.is(run.composition.warnings.length, 1);
  await run.dispose();
});

test('what the file of a teacher given in code says is compared with the data', async (t) => {
  const names = ['class 1', 'class 0', 'class 2'];
  await t.throwsAsync(tinyRun({ teachers: [fromFile({ labelNames: names })] }), { code: 'KDX_CLASS_NAMES' });
  const run = await tinyRun({
    plugins: [task()],
    teachers: [fromFile({ labelNames: ['a', 'b', 'c'], inputSize: [8, 8, 1] })],
  });
  t.deepEqual(
    run.composition.warnings.map(({ code }) => code),
    ['KDX_CLASS_NAMES', 'KDX_WEIGHTS_IMAGE_SIZE'],
  );
  await run.dispose();
});

test('a teacher given in code that holds NaN is refused by name, scored or not', async (t) => {
  const teacher = new TinyModel({ seed: 1 });
  const [name, { variable }] = [...teacher.parameters][0];
  tf.tidy(() => variable.assign(tf.fill(variable.shape, Number.NaN)));
  await t.throwsAsync(tinyRun({ teachers: [teacher], settings: { teacherImages: 0 } }), {
    code: 'KDX_WEIGHTS_NON_FINITE',
    message: new RegExp(`^The teacher tiny holds NaN in the tensor "${name}"`),
  });
});
