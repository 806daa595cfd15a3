import { util } from '@tensorflow/tfjs';
import { heapArray } from '../runtime/arrays.js';
import { defineKernel } from '../runtime/kernel.js';

/** Sums the slices of `x` that carry the same segment id; negative ids are left out. Stock has none. */
export const unsortedSegmentSumKernel = defineKernel<{ readonly numSegments: number }>(
  'UnsortedSegmentSum',
  () =>
    ({ inputs: { x, segmentIds }, backend, attrs }) => {
      const sliceShape = x.shape.slice(segmentIds.shape.length);
      const sliceSize = util.sizeFromShape(sliceShape);
      const out = backend.makeOutput([attrs.numSegments, ...sliceShape], x.dtype);
      const [values, ids, sums] = [x, segmentIds, out].map((info) => heapArray(backend, info));
      sums.fill(0);
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i];
        if (id < 0 || id >= attrs.numSegments) continue;
        for (let j = 0; j < sliceSize; j++) sums[id * sliceSize + j] += values[i * sliceSize + j];
      }
      return out;
    },
);
