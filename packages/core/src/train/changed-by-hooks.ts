import type * as tf from '@tensorflow/tfjs';
import type { Composition } from '../compose/composition.js';
import type { HostBatch } from '../contracts/batch.js';
import type { Clock } from '../contracts/schedule.js';
import { gradients as gradientsShape, hostBatch } from '../expected/kinds.js';
import { expectShape } from '../expected/shape.js';

/**
 * A training batch after the `batch` hooks, each of whose results is checked.
 * @throws KdxError `KDX_HOOK_RESULT` naming the plugin
 */
export function changedBatch(
  { data, student, hooks }: Pick<Composition, 'data' | 'student' | 'hooks'>,
  batch: HostBatch,
  clock: Clock,
): Promise<HostBatch> {
  const [height, width, channels] = data.imageSize;
  const shape = hostBatch({ pixels: height * width * channels, classes: student.spec.classes });
  return hooks.waterfall('batch', shape, batch, clock);
}

/**
 * Lets the `gradients` hooks change the map in place. They may replace and remove entries.
 * @throws KdxError `KDX_HOOK_RESULT` naming the plugin
 */
export function changeGradients(
  { hooks }: Pick<Composition, 'hooks'>,
  gradients: Map<string, tf.Tensor>,
  clock: Clock,
): void {
  if (hooks.contributors('gradients').length === 0) return;
  const shape = gradientsShape(new Map([...gradients].map(([name, { shape: size }]) => [name, size])));
  hooks.sync(
    'gradients',
    (run) => run(gradients, clock),
    (result, plugin) => {
      hooks.expectNothing(plugin, 'gradients', result, gradients);
      expectShape(shape, gradients, `Hook "gradients" of plugin "${plugin}"`, 'KDX_HOOK_RESULT');
    },
  );
}
