import { type GroupedConvAttributes, runKernel } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { differentiate } from '../autodiff/differentiate.js';
import { fused } from './fused.js';
import { explicitPadding } from './shapes.js';

type Shape4D = [number, number, number, number];

/**
 * Convolution whose input and output channels fall into `groups` that do not see each other (ResNeXt, RegNet).
 * TensorFlow.js has none, so without a kernel each group is a convolution of its own.
 * @param x `[B, H, W, I]`
 * @param filter `[kh, kw, I/groups, O]`
 * @returns `[B, H', W', O]`
 */
export function groupedConv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  attributes: GroupedConvAttributes,
): tf.Tensor4D {
  const inputShape = x.shape;
  const filterShape = filter.shape;
  const { groups } = attributes;
  const strides: [number, number] = [attributes.stride[0], attributes.stride[1]];
  const pad = explicitPadding(attributes.padding);
  const inGroup = filterShape[2];
  const outGroup = filterShape[3] / groups;
  const oneGroup = { strides, pad, dataFormat: 'NHWC' };

  return differentiate({
    inputs: { x: x as tf.Tensor, filter: filter as tf.Tensor },
    forward(save) {
      save(x, filter);
      const kernel = fused('KdxGroupedConv2d', { x, filter }, attributes);
      if (kernel) return kernel[0] as tf.Tensor4D;
      const parts = perGroup((group) =>
        tf.conv2d(channels(x, group, inGroup), channels(filter, group, outGroup), strides, pad),
      );
      return tf.concat(parts, 3);
    },
    reads: { x: [1], filter: [0] },
    backward: (dy, [x, filter]) => ({
      x: () => {
        const kernel = fused('KdxGroupedConv2dGradInput', { dy, filter }, { ...attributes, inputShape });
        if (kernel) return kernel[0];
        const groupShape = [...inputShape.slice(0, 3), inGroup] as Shape4D;
        const parts = perGroup((group) => {
          const inputs = { dy: channels(dy, group, outGroup), filter: channels(filter, group, outGroup) };
          return runKernel(tf.Conv2DBackpropInput, inputs, { ...oneGroup, inputShape: groupShape })[0];
        });
        return tf.concat(parts, 3);
      },
      filter: () => {
        const kernel = fused('KdxGroupedConv2dGradFilter', { dy, x }, { ...attributes, filterShape });
        if (kernel) return kernel[0];
        const groupShape = [...filterShape.slice(0, 3), outGroup] as Shape4D;
        const parts = perGroup((group) => {
          const inputs = { x: channels(x, group, inGroup), dy: channels(dy, group, outGroup) };
          return runKernel(tf.Conv2DBackpropFilter, inputs, { ...oneGroup, filterShape: groupShape })[0];
        });
        return tf.concat(parts, 3);
      },
    }),
  });

  function perGroup<T extends tf.Tensor>(compute: (group: number) => T): T[] {
    return Array.from({ length: groups }, (_, group) => compute(group));
  }
}

/** Channels of one group, of the last axis. */
function channels(x: tf.Tensor, group: number, width: number): tf.Tensor4D {
  const begin = [0, 0, 0, group * width];
  return tf.slice(x as tf.Tensor4D, begin, [-1, -1, -1, width]);
}
