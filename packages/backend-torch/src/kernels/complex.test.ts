import * as tf from '@tensorflow/tfjs';
import { inBf16, random, sameAsCpu, strided } from '../testing/against-cpu.js';
import { torchTest } from '../testing/torch-test.js';

const complex = (shape: number[]) => tf.complex(strided(shape, 3), random(shape, 4));
const parts = (x: tf.Tensor): tf.Tensor[] => [tf.real(x), tf.imag(x)];

torchTest('complex numbers are added, multiplied and measured', async (t) => {
  await sameAsCpu(t, 'arithmetic', () => {
    const [x, y] = [complex([2, 3]), tf.complex(random([2, 3], 5), random([2, 3], 6))];
    return [...parts(tf.add(x, y)), ...parts(tf.sub(x, y)), ...parts(tf.mul(x, y)), tf.abs(x)];
  });
});

// The CPU back end moves no complex tensors, but their parts.
torchTest('complex tensors are moved as their parts are', (t) => {
  const movements: Array<(x: tf.Tensor) => tf.Tensor> = [
    (x) => tf.reshape(x, [2, 6]),
    (x) => tf.transpose(x),
    (x) => tf.slice(x, [1, 0], [2, 2]),
    (x) => tf.stridedSlice(x, [3, 0], [0, 3], [-2, 1]),
    (x) => tf.concat([x, x], 1),
    (x) => tf.stack(tf.split(x, 2)),
    (x) => tf.tile(x, [2, 1]),
    (x) => tf.gather(x, tf.tensor1d([2, 0], 'int32')),
    (x) => tf.reverse(x, 0),
    (x) => tf.sum(x, 0),
    (x) => tf.zerosLike(x),
  ];
  const x = complex([4, 3]);
  for (const move of movements) {
    const moved = move(x);
    t.is(moved.dtype, 'complex64');
    for (const part of [tf.real<tf.Tensor>, tf.imag<tf.Tensor>]) {
      t.deepEqual(part(moved).arraySync(), move(part(x)).arraySync());
    }
  }
});

torchTest('parts stored as bf16 make complex64', async (t) => {
  await sameAsCpu(t, 'bf16', () => [tf.complex(inBf16(tf.ones([2])), tf.zeros([2]))]);
});

torchTest('the Fourier transform is the sum it stands for', (t) => {
  const N = 6;
  const x = complex([2, N]);
  const [re, im] = parts(x).map((part) => part.arraySync() as number[][]) as [number[][], number[][]];
  const X = tf.fft(x);
  const [realX, imagX] = parts(X).map((part) => part.arraySync() as number[][]) as [number[][], number[][]];
  for (let b = 0; b < 2; b++) {
    for (let k = 0; k < N; k++) {
      let [sumRe, sumIm] = [0, 0];
      for (let n = 0; n < N; n++) {
        const angle = (-2 * Math.PI * k * n) / N;
        sumRe += re[b][n] * Math.cos(angle) - im[b][n] * Math.sin(angle);
        sumIm += re[b][n] * Math.sin(angle) + im[b][n] * Math.cos(angle);
      }
      t.true(Math.abs(realX[b][k] - sumRe) < 1e-5);
      t.true(Math.abs(imagX[b][k] - sumIm) < 1e-5);
    }
  }
  const back = tf.ifft(X);
  t.true((tf.max(tf.abs(tf.sub(back, x))).arraySync() as number) < 1e-6);
});

torchTest('transforms of real signals go there and back', async (t) => {
  await sameAsCpu(t, 'rfft', () => {
    const x = strided([3, 8]);
    const spectrum = tf.spectral.rfft(x);
    return [...parts(spectrum), tf.spectral.irfft(spectrum), tf.spectral.rfft(x, 5)];
  });
});
