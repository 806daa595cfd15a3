import test from 'ava';
import { type ParameterLayout } from '../parameters/parameter.js';
import { diskShape, fromDisk, toDisk } from './layout.js';

const parameter = (layout: ParameterLayout, shape: number[]) => ({ name: 'w', layout, variable: { shape } });
const counting = (shape: readonly number[]) =>
  Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => i);

/** Row-major value at an index, the definition itself. */
const at = (data: Float32Array, shape: readonly number[], index: readonly number[]) =>
  data[index.reduce((offset, i, axis) => offset * shape[axis] + i, 0)];

test('a linear weight [in, out] is stored [out, in]', (t) => {
  t.deepEqual(toDisk(parameter('linear', [2, 3]), Float32Array.of(1, 2, 3, 4, 5, 6)), {
    shape: [3, 2],
    data: Float32Array.of(1, 4, 2, 5, 3, 6),
  });
});

test('a convolution HWIO is stored OIHW', (t) => {
  const shape = [2, 1, 2, 2]; // [kh, kw, in, out]
  t.deepEqual(toDisk(parameter('conv', shape), Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8)), {
    shape: [2, 2, 2, 1],
    data: Float32Array.of(1, 5, 3, 7, 2, 6, 4, 8),
  });
  const big = [3, 2, 4, 5];
  const values = counting(big);
  const { shape: stored, data } = toDisk(parameter('conv', big), values);
  t.deepEqual(stored, [5, 4, 3, 2]);
  for (const [h, w, i, o] of [
    [0, 0, 0, 0],
    [2, 1, 3, 4],
    [1, 0, 2, 3],
  ]) {
    t.is(at(data, stored, [o, i, h, w]), at(values, big, [h, w, i, o]));
  }
});

test('a depthwise kernel [kh, kw, C, M] is stored [C · M, 1, kh, kw]', (t) => {
  const shape = [2, 3, 4, 2];
  const values = counting(shape);
  const { shape: stored, data } = toDisk(parameter('depthwise', shape), values);
  t.deepEqual(stored, [8, 1, 2, 3]);
  for (const [h, w, c, m] of [
    [0, 0, 0, 0],
    [1, 2, 3, 1],
    [0, 1, 2, 0],
  ]) {
    t.is(at(data, stored, [c * 2 + m, 0, h, w]), at(values, shape, [h, w, c, m]));
  }
});

const cases: [ParameterLayout, number[]][] = [
  ['same', [7]],
  ['same', [1, 5, 3]],
  ['same', []],
  ['linear', [5, 3]],
  ['linear', [1, 4]],
  ['conv', [3, 3, 2, 4]],
  ['conv', [1, 1, 6, 5]],
  ['depthwise', [3, 3, 4, 1]],
  ['depthwise', [3, 2, 2, 3]],
];
for (const [layout, shape] of cases) {
  test(`${layout} [${shape}] survives the round trip`, (t) => {
    const values = counting(shape);
    const disk = toDisk(parameter(layout, shape), values);
    t.deepEqual(disk.shape, diskShape(parameter(layout, shape)));
    t.deepEqual(fromDisk(parameter(layout, shape), disk.data), { shape, data: values });
  });
}

test('a layout that does not fit the shape, and values that do not fill it, are refused', (t) => {
  t.throws(() => toDisk(parameter('conv', [2, 3]), new Float32Array(6)), {
    message: /"w" of shape \[2, 3\].*4 axes/,
  });
  t.throws(() => fromDisk(parameter('linear', [2, 3]), new Float32Array(5)), {
    message: /6 numbers and was given 5/,
  });
});
