import { type ForwardCall, Layer, Linear } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { z } from 'zod';
import { defineModel } from './define-model.js';

test.before(async () => {
  await tf.setBackend('cpu');
});

/** Mean colour, widened. */
class Colour extends Layer {
  readonly #wide: Linear;

  constructor(scope: Scope, channels: number, width: number) {
    super(scope);
    this.#wide = new Linear(scope.child('wide'), channels, width);
  }

  protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
    return tf.relu(this.#wide.apply(tf.mean(x, [1, 2]), call));
  }
}

const colours = defineModel({
  name: 'colours',
  options: z.object({ width: z.number().int().min(1).default(6).describe('width') }),
  supports: ['distillation-token'],
  build(scope, { classes, imageSize, options, adaptations }) {
    const head = (name: string) => new Linear(scope.child(name), options.width, classes);
    return {
      trunk: new Colour(scope, imageSize[2], options.width),
      heads: adaptations['distillation-token']
        ? { distillation: head('second'), class: head('head') }
        : { class: head('head') },
    };
  },
});

test('a model of one’s own is built, run and tapped like any other', async (t) => {
  const built = await colours.with({ width: 5 }).build({ classes: 3, imageSize: [4, 4, 3] });
  t.like(built.spec, {
    name: 'colours?width=5',
    featureDim: 5,
    parameterCount: 3 * 5 + 5 + 5 * 3 + 3,
    heads: ['class'],
  });
  t.deepEqual([...built.parameters.keys()], ['wide.weight', 'wide.bias', 'head.weight', 'head.bias']);
  t.deepEqual(built.taps().get('wide'), [5]);
  const output = built.forward(tf.ones([2, 4, 4, 3]), { training: false, taps: ['wide'] });
  t.deepEqual(output.logits.shape, [2, 3]);
  t.deepEqual(output.taps.wide.shape, [2, 5]);
  built.dispose();
});

test('it takes the adaptations it supports, and class is its first head', async (t) => {
  const built = await colours.adapt('distillation-token', true).build({ classes: 3 });
  t.deepEqual(built.spec.heads, ['class', 'distillation']);
  t.is(built.spec.name, 'colours?distillation-token=true');
  const { logits, heads } = built.forward(tf.ones([1, 4, 4, 3]), { training: false });
  t.is(heads.class, logits);
  t.deepEqual(heads.distillation.shape, [1, 3]);
  built.dispose();
});

test('a lone layer is trunk and head in one', async (t) => {
  class Flat extends Layer {
    readonly #head: Linear;

    constructor(scope: Scope, size: number, classes: number) {
      super(scope);
      this.#head = new Linear(scope.child('fc'), size, classes);
    }

    protected override forward(x: tf.Tensor, call: ForwardCall): tf.Tensor {
      return this.#head.apply(tf.reshape(x, [x.shape[0], -1]), call);
    }
  }
  const flat = defineModel({
    name: 'flat',
    options: z.object({}),
    classHead: 'fc.weight',
    build: (scope, { classes, imageSize: [H, W, C] }) => new Flat(scope, H * W * C, classes),
  });
  const built = await flat.build({ classes: 2, imageSize: [2, 3, 1] });
  t.is(built.spec.featureDim, 6);
  t.deepEqual(built.forward(tf.ones([4, 2, 3, 1]), { training: false }).logits.shape, [4, 2]);
  built.dispose();
  await t.throwsAsync(flat.build({}), { code: 'KDX_CLASS_COUNT' });
});

test('a class head that is missing or has other classes is named', async (t) => {
  const wrong = (classHead: string | undefined, outputs: number) =>
    defineModel({
      name: 'wrong',
      options: z.object({}),
      classHead,
      build: (scope) => ({
        trunk: new Colour(scope, 3, 4),
        heads: { class: new Linear(scope.child('fc'), 4, outputs) },
      }),
    }).build({ classes: 3 });
  await t.throwsAsync(wrong(undefined, 3), {
    code: 'KDX_MODEL_HEAD',
    message: /no parameter "head\.weight"; set classHead/,
  });
  await t.throwsAsync(wrong('fc.weight', 7), {
    code: 'KDX_MODEL_HEAD',
    message: /\[4, 7\] and should be \[feature, 3\]/,
  });
});
