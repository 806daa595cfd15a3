// Images/s of training with and without the kernels of `src/training`, which take turns step by step in one run.
// Build all packages first; `node bench/wasm-training.mjs [student batch steps]`.
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';

createRequire(import.meta.url)('@tensorflow/tfjs-backend-wasm');
const { TRAINING_KERNELS } = await import('../packages/backend-wasm/dist/training/index.js');
const names = TRAINING_KERNELS.map(({ name }) => name);
const stock = new Map(names.map((name) => [name, tf.getKernel(name, 'wasm')]));
const { prepareRun } = await import('../packages/run/dist/index.js');

const WARM_UP_STEPS = 4;
const median = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];

async function compare(student, batch, steps) {
  const data = `shapes?classes=8&clutter=1&train=${batch * steps}&validation=32&test=32`;
  const run = await prepareRun({ out: false, backend: 'wasm', logEvery: 1, student, data, epochs: 1, batch });
  const ours = new Map(names.map((name) => [name, tf.getKernel(name, 'wasm')]));
  const use = (kernels) => {
    for (const name of names) {
      if (tf.getKernel(name, 'wasm')) tf.unregisterKernel(name, 'wasm');
      if (kernels.get(name)) tf.registerKernel(kernels.get(name));
    }
  };
  const times = { with: [], without: [] };
  let step = 0;
  let start;
  run.events.on('event', ({ type }) => {
    if (type !== 'step') return;
    const now = performance.now();
    if (step > WARM_UP_STEPS) times[step % 2 === 0 ? 'without' : 'with'].push(now - start);
    step += 1;
    use(step % 2 === 0 ? stock : ours);
    start = performance.now();
  });
  await run.fit();
  await run.dispose();
  use(ours);
  const [before, after] = [median(times.without), median(times.with)];
  const rate = (ms) => ((1000 * batch) / ms).toFixed(0).padStart(6);
  const gain = (before / after).toFixed(2);
  console.log(student.padEnd(64), String(batch).padStart(5), rate(before), rate(after), `${gain}×`);
}

const [, , student, batch = 32, steps = 40] = process.argv;
if (student !== undefined) await compare(student, Number(batch), Number(steps));
else {
  await compare('vit_tiny_patch16_224?img=32&patch=8&dim=64&depth=3&heads=4', 32, 60);
  await compare('deit_tiny_patch16_224?img=32&dim=96&depth=6&patch=4', 64, 20);
  await compare('convnet?width=16&stages=4', 32, 80);
  await compare('cifar_resnet20', 64, 36);
}
