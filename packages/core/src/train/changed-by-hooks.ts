import type * as tf from '@tensorflow/tfjs';
import type { Composition } from '../compose/composition.js';
import type { HostBatch } from '../contracts/batch.js';
import type { Clock } from '../contracts/schedule.js';
import type { TermStep } from '../contracts/term.js';
import { gradients as gradientsShape, hostBatch } from '../expected/model-kinds.js';
import { expectShape, scalar } from '../expected/shape.js';

/**
 * A training batch after the `batch` hooks, each of whose results is checked.
 * @throws KdxError `KDX_HOOK_RESULT` naming the plugin
 */
export async function changedBatch(
  { data, task, hooks }: Pick<Composition, 'data' | 'task' | 'hooks'>,
  batch: HostBatch,
  clock: Clock,
): Promise<HostBatch> {
  const [height, width, channels] = data.imageSize;
  const shape = hostBatch({
    pixels: height * width * channels,
    classes: data.labelNames.length,
    targets: task.targetShape(data).reduce((a, b) => a * b, 1),
  });
  const changed = await hooks.waterfall('batch', shape, batch, clock);
  if (changed === batch) return batch;
  // Whoever reads the batch later gets what was checked, also where a field is a getter.
  const last = hooks.contributors('batch').at(-1);
  const read = fieldsOf(changed);
  expectShape(shape, read, `Hook "batch" of plugin "${last}"`, 'KDX_HOOK_RESULT');
  return read as HostBatch;
}

/** The fields of a batch, each read once; undefined where a getter throws. */
function fieldsOf(batch: HostBatch): HostBatch | undefined {
  try {
    const { indices, images, labels, targets } = batch;
    return { indices, images, labels, targets };
  } catch {
    return undefined;
  }
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

/**
 * The total loss `[]` after the `loss` hooks, on the tape.
 * @param stepFor the step as a hook sees it, by the hook's name
 * @throws KdxError `KDX_HOOK_RESULT` naming the plugin
 */
export function changedLoss(
  { hooks }: Pick<Composition, 'hooks'>,
  loss: tf.Scalar,
  stepFor: (hook: string) => TermStep,
): tf.Scalar {
  let changed = loss;
  hooks.sync(
    'loss',
    (run, plugin) => run(changed, stepFor(`hook loss of ${plugin}`)),
    (result, plugin) => {
      expectShape(scalar, result, `Hook "loss" of plugin "${plugin}"`, 'KDX_HOOK_RESULT');
      changed = result;
    },
  );
  return changed;
}
