import { KdxError, keyedRng, ParameterStore } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import {
  type BuildOptions,
  type ForwardOptions,
  type Model,
  type ModelOutput,
  type ModelRecipe,
} from '../index.js';

export interface TinyOptions {
  readonly name?: string;
  /** Two heads. */
  readonly distilled?: boolean;
  /** Dropout rate after layer 1, drawn on the host. */
  readonly dropout?: number;
  /** Whether its family can take a distillation token. */
  readonly adaptable?: boolean;
  readonly classes?: number;
  readonly seed?: number;
}

/** A model of 4×4×1 images: two linear layers, a moving mean of layer 1 as buffer, one or two heads. */
export class TinyModel implements Model {
  readonly spec: Model['spec'];
  /** Options of every forward. */
  readonly calls: ForwardOptions[] = [];
  /** Layers of the last forward, in order. */
  layers: string[] = [];
  readonly #store: ParameterStore;
  readonly #forward: (images: tf.Tensor4D, options: ForwardOptions) => ModelOutput;

  constructor({ name = 'tiny', distilled = false, dropout = 0, classes = 3, seed = 0 }: TinyOptions) {
    const store = new ParameterStore(name, (parameter) => keyedRng(seed, 'init', parameter));
    const root = store.scope();
    const normal = (shape: readonly number[], rng: ReturnType<typeof keyedRng>) =>
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal() * 0.5);
    const linear = (path: string, from: number, to: number) => {
      const weight = root.child(path).parameter('weight', [from, to], normal, { layout: 'linear' });
      const bias = root.child(path).parameter('bias', [to], () => new Float32Array(to));
      return (x: tf.Tensor2D) => {
        this.layers.push(path);
        return tf.add<tf.Tensor2D>(tf.matMul(x, weight as unknown as tf.Tensor2D), bias);
      };
    };
    const layer1 = linear('layer1', 16, 6);
    const layer2 = linear('layer2', 6, 6);
    const mean = root.child('layer1').buffer('mean', [6], () => new Float32Array(6));
    const heads = {
      class: linear('head', 6, classes),
      ...(distilled && { distillation: linear('head_dist', 6, classes) }),
    };
    this.#store = store;
    this.spec = {
      name,
      inputSize: [4, 4, 1],
      classes,
      featureDim: 6,
      classHead: 'head.weight',
      features: [],
      heads: Object.keys(heads),
      parameterCount: store.size,
      mean: [0.5],
      std: [0.5],
    };
    this.#forward = (images, { training, taps = [], logits = true, rng }) => {
      const kept: Record<string, tf.Tensor> = {};
      const left = new Set(taps);
      const tap = (path: string, x: tf.Tensor): boolean => {
        if (left.delete(path)) kept[path] = x;
        return left.size === 0 && !logits;
      };
      const cut = (): ModelOutput => ({
        get logits(): never {
          throw new KdxError('KDX_READ_UNDECLARED', 'The forward ended before the head.');
        },
        heads: {},
        taps: kept,
      });
      const x = tf.reshape(images, [-1, 16]) as tf.Tensor2D;
      if (tap('layer1:in', x)) return cut();
      let h = tf.relu(layer1(x)) as tf.Tensor2D;
      if (training) {
        const seen = tf.tidy(() => tf.add(tf.mul(mean, 0.9), tf.mul(tf.mean(h, 0), 0.1)));
        mean.assign(seen as tf.Tensor1D);
        if (dropout > 0) {
          const random = rng?.('dropout') as ReturnType<typeof keyedRng>;
          const mask = Float32Array.from({ length: h.size }, () =>
            random.uniform() < dropout ? 0 : 1 / (1 - dropout),
          );
          h = tf.mul(h, tf.tensor2d(mask, h.shape));
        }
      }
      if (tap('layer1', h)) return cut();
      const features = tf.tanh(layer2(h)) as tf.Tensor2D;
      if (tap('layer2', features)) return cut();
      const outputs = Object.fromEntries(
        Object.entries(heads).map(([head, apply]) => [head, apply(features)]),
      );
      return { logits: outputs.class, heads: outputs, taps: kept };
    };
  }

  get parameters() {
    return this.#store.parameters;
  }

  get buffers() {
    return this.#store.buffers;
  }

  taps(): ReadonlyMap<string, readonly number[]> {
    return new Map([
      ['layer1:in', [16]],
      ['layer1', [6]],
      ['layer2', [6]],
    ]);
  }

  forward(images: tf.Tensor4D, options: ForwardOptions): ModelOutput {
    this.calls.push(options);
    this.layers = [];
    return this.#forward(images, options);
  }

  dispose(): void {
    this.#store.dispose();
  }
}

/** Makes {@link TinyModel}s of the data's classes. */
export function tiny(options: TinyOptions = {}): ModelRecipe {
  const { name = 'tiny', adaptable = false } = options;
  return {
    name,
    supports: adaptable ? ['distillation-token'] : [],
    adapt(adaptation) {
      if (!adaptable) throw new KdxError('KDX_ADAPT_UNSUPPORTED', `"${name}" cannot take "${adaptation}".`);
      return tiny({ ...options, distilled: true });
    },
    build: async ({ classes = 3, seed = 0 }: BuildOptions) =>
      new TinyModel({ ...options, classes: options.classes ?? classes, seed: options.seed ?? seed }),
  };
}
