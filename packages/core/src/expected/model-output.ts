import { isKdxError, KdxError, messageOf } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import type { ForwardOptions, Model, ModelOutput } from '../contracts/model.js';
import { inPlugin } from '../plugin-scope.js';
import { ofOwner, ownerOf } from './owner.js';
import { expectShape, object, type Shape, tensor } from './shape.js';

/**
 * Runs a model and holds what it gives to what was asked for; a model may be a plugin's or the caller's own.
 * @throws KdxError `KDX_MODEL_OUTPUT`
 */
export function forwardOf(model: Model, images: tf.Tensor4D, options: ForwardOptions): ModelOutput {
  const owner = ownerOf(model);
  const output =
    owner === undefined ? model.forward(images, options) : forwardIn(owner, model, images, options);
  const { name, classes, heads } = model.spec;
  const size = [images.shape[0], classes];
  const head = tensor(size, `a tensor [${size}], a logit for each image and class`);
  const tap = tensor(undefined, 'a tensor, because this tap was asked for');
  const fields: Record<string, Shape> = { taps: fieldsOf(options.taps ?? [], tap, 'the taps by path') };
  if (options.logits !== false) {
    fields.logits = head;
    fields.heads = fieldsOf(heads, head, 'the heads by name');
  }
  const what = `The forward of model ${name}${ofOwner(model)}`;
  expectShape(object(fields, '{ logits, heads, taps }'), output, what, 'KDX_MODEL_OUTPUT');
  return output;
}

/** With the plugin's name in whatever is thrown. */
function forwardIn(owner: string, model: Model, images: tf.Tensor4D, options: ForwardOptions): ModelOutput {
  try {
    return inPlugin(owner, () => model.forward(images, options));
  } catch (cause) {
    throw new KdxError(
      isKdxError(cause) ? cause.code : 'KDX_MODEL_OUTPUT',
      `The forward of model ${model.spec.name}${ofOwner(model)} failed: ${messageOf(cause)}`,
      { cause },
    );
  }
}

const fieldsOf = (names: Iterable<string>, shape: Shape, expected: string): Shape =>
  object(Object.fromEntries([...names].map((name) => [name, shape])), expected);
