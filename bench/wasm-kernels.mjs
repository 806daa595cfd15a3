// Milliseconds per kernel, stock against this package: interleaved runs, medians. Build the package first.
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';

createRequire(import.meta.url)('@tensorflow/tfjs-backend-wasm');
const stock = new Map(
  tf.getKernelsForBackend('wasm').map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]),
);
const { wasmBackend } = await import('../packages/backend-wasm/dist/index.js');
console.log(await wasmBackend().load());
const backend = tf.backend();

const RUNS = Number(process.argv[2] ?? 9);
const median = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
const milliseconds = (ms) => (ms === undefined ? '—' : ms.toFixed(2)).padStart(9);
const speed = (flops, ms) =>
  (flops === 0 || ms === undefined ? '' : (flops / ms / 1e6).toFixed(1)).padStart(7);

function timed(kernel, inputs, attrs) {
  const start = performance.now();
  const results = [kernel({ inputs, backend, attrs })].flat();
  const ms = performance.now() - start;
  for (const { dataId } of results) backend.disposeData(dataId);
  return ms;
}

/** @param flops floating-point operations of one run, 0 where memory is what counts. */
function compare(label, kernelName, inputs, attrs, flops = 0) {
  const ours = tf.getKernel(kernelName, 'wasm').kernelFunc;
  const theirs = stock.get(kernelName);
  const times = { stock: [], ours: [] };
  for (let run = 0; run < RUNS; run++) {
    if (theirs !== undefined) times.stock.push(timed(theirs, inputs, attrs));
    times.ours.push(timed(ours, inputs, attrs));
  }
  const [before, after] = [median(times.stock), median(times.ours)];
  const ratio = before === undefined ? '' : `${(before / after).toFixed(1)}×`;
  console.log(
    label.padEnd(44) +
      milliseconds(before) +
      speed(flops, before) +
      milliseconds(after) +
      speed(flops, after) +
      ratio.padStart(9),
  );
  tf.dispose(Object.values(inputs));
}

console.log(
  'kernel'.padEnd(44) +
    'stock ms'.padStart(9) +
    'GFLOPS'.padStart(7) +
    'ours ms'.padStart(9) +
    'GFLOPS'.padStart(7),
);
const normal = (...shape) => tf.randomNormal(shape);

for (const [batch, size, channels, filters, k, stride] of [
  [64, 32, 3, 16, 3, 1],
  [64, 32, 16, 16, 3, 1],
  [64, 16, 32, 32, 3, 1],
  [64, 8, 64, 64, 3, 1],
  [64, 32, 16, 32, 3, 2],
  [64, 32, 16, 64, 1, 1],
  [64, 32, 16, 32, 1, 2],
  [8, 14, 256, 256, 3, 1],
  [8, 7, 512, 512, 3, 1],
]) {
  const out = Math.ceil(size / stride);
  const inputShape = [batch, size, size, channels];
  const filterShape = [k, k, channels, filters];
  const dy = () => normal(batch, out, out, filters);
  const attrs = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
  const flops = 2 * batch * out * out * channels * filters * k * k;
  const label = `[${inputShape}] → ${filters}, ${k}×${k}/${stride}`;
  compare(
    `conv ${label}`,
    'Conv2D',
    { x: normal(...inputShape), filter: normal(...filterShape) },
    attrs,
    flops,
  );
  const toInput = { dy: dy(), filter: normal(...filterShape) };
  compare(`  gradient of input`, 'Conv2DBackpropInput', toInput, { ...attrs, inputShape }, flops);
  const toFilter = { x: normal(...inputShape), dy: dy() };
  compare(`  gradient of filter`, 'Conv2DBackpropFilter', toFilter, { ...attrs, filterShape }, flops);
}

for (const [size, channels, stride] of [
  [32, 32, 1],
  [32, 32, 2],
]) {
  const out = size / stride;
  const inputShape = [64, size, size, channels];
  const filterShape = [3, 3, channels, 1];
  const attrs = { strides: [stride, stride], pad: 'same', dilations: [1, 1] };
  const [x, filter] = [() => normal(...inputShape), () => normal(...filterShape)];
  const dy = () => normal(64, out, out, channels);
  const flops = 2 * 64 * out * out * channels * 9;
  compare(
    `depthwise [${inputShape}] 3×3/${stride}`,
    'DepthwiseConv2dNative',
    { x: x(), filter: filter() },
    attrs,
    flops,
  );
  const toInput = { dy: dy(), filter: filter() };
  compare(
    '  gradient of input',
    'DepthwiseConv2dNativeBackpropInput',
    toInput,
    { ...attrs, inputShape },
    flops,
  );
  const toFilter = { x: x(), dy: dy() };
  compare(
    '  gradient of filter',
    'DepthwiseConv2dNativeBackpropFilter',
    toFilter,
    { ...attrs, filterShape },
    flops,
  );
}

for (const [a, b, transposeA, transposeB] of [
  [[512, 512], [512, 512], false, false],
  [[512, 512], [512, 512], true, false],
  [[512, 512], [512, 512], false, true],
  [[65536, 144], [144, 16], false, false],
  [[4160, 192], [192, 576], false, false],
  [[4160, 192], [4160, 576], true, false],
  [[192, 65, 64], [192, 64, 65], false, false],
  [[192, 65, 64], [192, 65, 64], false, true],
  [[192, 65, 65], [192, 65, 64], true, false],
]) {
  const k = a.at(transposeA ? -2 : -1);
  const flops = (2 * tf.util.sizeFromShape(a) * tf.util.sizeFromShape(b)) / k / (a.length > 2 ? a[0] : 1);
  const label = `matMul [${a}]${transposeA ? 'ᵀ' : ''} · [${b}]${transposeB ? 'ᵀ' : ''}`;
  compare(label, 'BatchMatMul', { a: normal(...a), b: normal(...b) }, { transposeA, transposeB }, flops);
}

const image = () => normal(64, 32, 32, 16);
compare('sum [64,32,32,16] over 0,1,2', 'Sum', { x: image() }, { axis: [0, 1, 2] });
compare('mean [64,32,32,16] over 0,1,2', 'Mean', { x: image() }, { axis: [0, 1, 2] });
compare('mean [64,32,32,16] over 1,2', 'Mean', { x: image() }, { axis: [1, 2] });
compare('add [64,32,32,16] + [16]', 'Add', { a: image(), b: normal(16) }, {});
compare('multiply [64,32,32,16] · [16]', 'Multiply', { a: image(), b: normal(16) }, {});
compare('softmax [192,65,65]', 'Softmax', { logits: normal(192, 65, 65) }, { dim: 2 });
compare('transpose [64,65,3,64] 0,2,1,3', 'Transpose', { x: normal(64, 65, 3, 64) }, { perm: [0, 2, 1, 3] });
compare('tile [1,1,1,16] to [64,32,32,16]', 'Tile', { x: normal(1, 1, 1, 16) }, { reps: [64, 32, 32, 1] });
compare('split [64,65,192] in 3', 'SplitV', { x: normal(64, 65, 192) }, { numOrSizeSplits: 3, axis: 2 });
compare('exp of 2²⁰', 'Exp', { x: normal(2 ** 20) }, {});
compare('erf of 2²⁰ (gelu)', 'Erf', { x: normal(2 ** 20) }, {});
compare('tanh of 2²⁰', 'Tanh', { x: normal(2 ** 20) }, {});
compare('clone of 2²⁰', 'Identity', { x: normal(2 ** 20) }, {});
const pooling = { filterSize: 2, strides: 2, pad: 'same' };
compare(
  'avgPool gradient [64,32,32,16] 2×2/2',
  'AvgPoolGrad',
  { dy: normal(64, 16, 16, 16), input: image() },
  pooling,
);
const pooled = { dy: normal(64, 16, 16, 16), input: image(), output: normal(64, 16, 16, 16) };
compare('maxPool gradient [64,32,32,16] 2×2/2', 'MaxPoolGrad', pooled, pooling);
