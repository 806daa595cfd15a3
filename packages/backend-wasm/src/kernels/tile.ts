import { runOnHost } from '@kdx/tensor';
import type { TensorInfo } from '@tensorflow/tfjs';
import { heapArray, isNumeric } from '../runtime/arrays.js';
import { defineKernel } from '../runtime/kernel.js';

/** Copies whole blocks; stock computes the coordinates of every element. */
export const tileKernel = defineKernel<{ readonly reps: number[] }>(
  'Tile',
  () =>
    ({ inputs, backend, attrs }) => {
      const { x } = inputs;
      if (!isNumeric(x)) return runOnHost(backend, 'Tile', inputs, attrs) as TensorInfo;
      const { shape } = x;
      const out = backend.makeOutput(
        shape.map((size, axis) => size * attrs.reps[axis]),
        x.dtype,
      );
      const [from, to] = [x, out].map((info) => heapArray(backend, info));
      if (to.length === 0) return out;
      let [read, written] = [0, 0];
      // From this axis inwards nothing is repeated.
      const plainFrom = attrs.reps.findLastIndex((times) => times > 1) + 1;
      const plainSize = shape.slice(plainFrom).reduce((size, next) => size * next, 1);
      const fill = (axis: number): void => {
        if (axis === plainFrom) {
          for (let i = 0; i < plainSize; i++) to[written + i] = from[read + i];
          read += plainSize;
          written += plainSize;
          return;
        }
        const start = written;
        for (let i = 0; i < shape[axis]; i++) fill(axis + 1);
        const block = written - start;
        const end = start + block * attrs.reps[axis];
        if (block === 1) to.fill(to[start], start, end);
        else for (; written < end; written += block) to.copyWithin(written, start, start + block);
        written = end;
      };
      fill(0);
      return out;
    },
);
