// One training step of kdx on the torch back end, as its user gets it: the Trainer's own loop, plugins and all, fed with
// random images. It obeys its standard input as step_pytorch.py does: `step` runs one step and prints `{"ms", "loss"}`,
// `memory` prints `{"rss_built", "peak_rss"}`.
//   node bench/step/step_kdx.mjs --case resnet20-kd --precision float32 --threads 1
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { definePlugin } from '@kdx/core';
import { deit } from '@kdx/plugin-deit';
import { kd } from '@kdx/plugin-kd';
import { shake } from '@kdx/plugin-shake';
import { tfFd } from '@kdx/plugin-tf-fd';
import { prepareRun } from '@kdx/run';
import { z } from 'zod';

const sgd = { lr: 0.05, optimizer: { name: 'sgd', momentum: 0.9, weightDecay: 5e-4 } };
const adamw = { lr: 1e-3, optimizer: { name: 'adamw', weightDecay: 0.05 } };

const resnet20 = { student: 'cifar_resnet20', plugins: [], size: 32, classes: 100, batch: 64, ...sgd };
const resnet56 = { teacher: 'cifar_resnet56' };

const CASES = {
  'deit-distilled': {
    student: 'deit_tiny_distilled_patch16_224?img=32&patch=4&drop-path=0',
    teacher: 'cifar_resnet56',
    plugins: [deit()],
    size: 32,
    classes: 100,
    batch: 64,
    ...adamw,
  },
  'resnet20-kd': { ...resnet20, ...resnet56, plugins: [kd()] },
  'resnet20-shake': { ...resnet20, ...resnet56, plugins: [shake()] },
  'resnet20-shake-submission': { ...resnet20, ...resnet56, plugins: [shake({ preset: 'submission' })] },
  resnet20,
  // Full weight from the first epoch; at weight 0 nothing would be computed.
  'resnet20-tffd': { ...resnet20, plugins: [tfFd({ warmup: 0 })] },
  'deit-224': {
    student: 'deit_tiny_patch16_224?drop-path=0',
    plugins: [],
    size: 224,
    classes: 1000,
    batch: 8,
    ...adamw,
  },
};

const { values: flags } = parseArgs({
  options: {
    case: { type: 'string' },
    precision: { type: 'string', default: 'float32' },
    threads: { type: 'string', default: '1' },
    backend: { type: 'string', default: 'torch' },
    warmup: { type: 'string', default: '3' },
  },
});
const { size, classes, plugins, ...settings } = CASES[flags.case];

/** One batch of random images, the same in every epoch. */
function randomData({ batch }) {
  const pixels = Float32Array.from({ length: batch * size * size * 3 }, Math.random);
  const split = {
    length: batch,
    labels: Int32Array.from({ length: batch }, () => Math.floor(Math.random() * classes)),
    read: (index, out) => out.set(pixels.subarray(index * out.length, (index + 1) * out.length)),
  };
  return {
    name: 'random',
    digest: 'random',
    imageSize: [size, size, 3],
    labelNames: Array.from({ length: classes }, (_, i) => String(i)),
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
    train: split,
    test: { ...split, length: 1 },
    augment: [],
  };
}

const resident = (field) =>
  1024 * Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))[1]);
const answer = (values) => process.stdout.write(`${JSON.stringify(values)}\n`);

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
let left = Number(flags.warmup);
let began;
let loss;
let builtBytes;

/** Answers what is asked until a step is. */
async function untilStep() {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) process.exit(0);
    if (value === 'memory') answer({ rss_built: builtBytes, peak_rss: resident('VmHWM') });
    else return;
  }
}

const gate = definePlugin({
  name: 'gate',
  version: '1.0.0',
  kdx: '^1.0.0',
  options: z.object({}),
  setup(context) {
    context.hook('stepStart', async () => {
      if (builtBytes === undefined) {
        writeFileSync('/proc/self/clear_refs', '5'); // the peak counts from here
        builtBytes = resident('VmRSS');
      }
      if (left === 0) await untilStep();
      began = performance.now();
    });
    context.hook('event', (event) => {
      if (event.type !== 'step') return;
      loss = event.loss;
      const ms = performance.now() - began;
      if (left === 0) return answer({ ms, loss });
      left -= 1;
      if (left === 0)
        answer({ ready: true, case: flags.case, precision: flags.precision, ...run.record.pinned.backend });
    });
  },
});

const run = await prepareRun({
  ...settings,
  schedule: 'constant',
  data: randomData(settings),
  plugins: [...plugins, gate()],
  backend: flags.backend,
  precision: flags.precision,
  threads: flags.threads === 'auto' ? 'auto' : Number(flags.threads),
  device: 'cpu',
  epochs: 1_000_000,
  logEvery: 1,
  evaluateEvery: 1_000_000,
  teacherImages: 0,
  out: false,
});
await run.fit();
