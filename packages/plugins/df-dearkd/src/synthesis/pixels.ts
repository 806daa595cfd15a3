import { type ImageSize, type Normalization } from '@kdx/core';
import { type Checkpoint, snapshot } from '@kdx/core/run';
import { adam, type HostTensor, keyedRng, Optimizer, type Parameter } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';
import type { SynthesisSettings } from './settings.js';
import { enlarge } from './views.js';

export interface PixelsOptions {
  /** Of one image in the end. */
  readonly imageSize: ImageSize;
  /** B. */
  readonly count: number;
  readonly settings: SynthesisSettings;
  readonly seed: number;
  readonly batch: number;
  /** Images to begin with, `B · H · W · C` values in [0, 1]. Default: noise alone. */
  readonly start?: ArrayLike<number>;
  /** What the network normalises `start` with. */
  readonly normalization: Normalization;
}

/** Where an inversion stands. */
export interface InversionPosition {
  readonly batch: number;
  /** Iterations done. */
  readonly step: number;
}

const NAME = 'pixels';

/** What an inversion optimises, `[B, H, W, C]` in the network's normalised space, with its optimiser and the best so far. */
export class Pixels {
  #current: tf.Variable;
  #best: tf.Variable;
  #bestLoss: tf.Variable;
  readonly #optimizer: Optimizer;
  readonly #options: PixelsOptions;

  /**
   * Normal noise, the starting images with or without some, or as `from` has them.
   * @throws KdxError `KDX_SYNTH_SIZE`, `KDX_SYNTH_PHASES`, as {@link checkPhases}
   */
  constructor(options: PixelsOptions, from?: Checkpoint<InversionPosition>) {
    const { settings } = options;
    checkPhases(options.imageSize, settings);
    this.#options = options;
    this.#optimizer = new Optimizer(adam({ betas: settings.betas }));
    if (from) {
      const { tensors } = from;
      this.#current = variableOf(tensors.get(NAME));
      this.#best = variableOf(tensors.get('best'));
      this.#bestLoss = variableOf(tensors.get('best-loss'));
      this.#optimizer.load(
        new Map(
          [...tensors].flatMap(([name, tensor]) => (name.startsWith(`${NAME}/`) ? [[name, tensor]] : [])),
        ),
      );
      return;
    }
    this.#current = this.#drawn();
    this.#best = copyOf(this.#current);
    this.#bestLoss = tf.tidy(() => tf.variable(tf.scalar(Number.POSITIVE_INFINITY), false));
  }

  get current(): tf.Tensor4D {
    return this.#current as tf.Tensor as tf.Tensor4D;
  }

  /** The images after the update whose loss was the lowest of the last phase. A tensor of its own: nothing else moves it. */
  get best(): tf.Tensor4D {
    return this.#best as tf.Tensor as tf.Tensor4D;
  }

  /** What the settings keep of an inversion. */
  get result(): tf.Tensor4D {
    return this.#options.settings.keep === 'last' ? this.current : this.best;
  }

  /** What learns. */
  get parameter(): Parameter {
    return { name: NAME, variable: this.#current, layout: 'same', decay: false };
  }

  /** A fresh optimiser; in the last phase the best begins anew. */
  beginPhase(scale: number, last: boolean): void {
    this.#optimizer.dispose();
    const { imageSize } = this.#options;
    if (scale === 1 && this.#current.shape[1] !== imageSize[0]) {
      const small = this.#current;
      this.#current = tf.tidy(() => tf.variable(enlarge(this.current), true));
      small.dispose();
    }
    if (!last) return;
    this.#best.dispose();
    this.#best = copyOf(this.#current);
    tf.tidy(() => this.#bestLoss.assign(tf.scalar(Number.POSITIVE_INFINITY)));
  }

  /** One update. */
  follow(gradient: tf.Tensor, learningRate: number): void {
    this.#optimizer.apply([{ parameter: this.parameter, gradient }], learningRate);
  }

  /** Puts something else in the place of the images. */
  replace(images: tf.Tensor4D): void {
    this.#current.assign(images);
  }

  /** `loss` is that of the images before the update just made. On the device: nothing is read back for it. */
  keepBest(loss: tf.Scalar): void {
    const better = tf.less(loss, this.#bestLoss);
    this.#best.assign(tf.where(better, this.#current, this.#best));
    this.#bestLoss.assign(tf.minimum(loss, this.#bestLoss));
  }

  async checkpoint(state: InversionPosition): Promise<Checkpoint<InversionPosition>> {
    const tensors = new Map<string, tf.Tensor>([
      [NAME, this.#current],
      ['best', this.#best],
      ['best-loss', this.#bestLoss],
      ...this.#optimizer.state(),
    ]);
    return { tensors: await snapshot(tensors), state };
  }

  dispose(): void {
    this.#optimizer.dispose();
    for (const variable of [this.#current, this.#best, this.#bestLoss]) variable.dispose();
  }

  #drawn(): tf.Variable {
    const { settings, seed, batch, imageSize, count, start, normalization } = this.#options;
    const [height, width, channels] = imageSize;
    const scale = settings.resolution === 'upsample' ? (settings.phases[0]?.scale ?? 1) : 1;
    const shape = [count, height / scale, width / scale, channels];
    const rng = keyedRng(seed, 'pixels', batch);
    const deviation = settings.noise ?? (start ? 0 : 1);
    const values = Float32Array.from(
      { length: tf.util.sizeFromShape(shape) },
      () => deviation * rng.normal(),
    );
    return tf.tidy(() => {
      const noise = tf.tensor(values, shape);
      if (!start) return tf.variable(noise, true);
      const { mean, std } = normalization;
      const images = tf.tensor(Float32Array.from(start), [count, height, width, channels]) as tf.Tensor4D;
      const seen = scale === 1 ? images : tf.avgPool(images, scale, scale, 'valid');
      return tf.variable(tf.add(tf.div(tf.sub(seen, [...mean]), [...std]), noise), true);
    });
  }
}

/**
 * @throws KdxError `KDX_SYNTH_SIZE` for a size that cannot be halved where a phase asks for it, `KDX_SYNTH_PHASES` for small
 *   images after large ones, or at the end, where small ones are to be enlarged
 */
export function checkPhases([height, width]: ImageSize, { phases, resolution }: SynthesisSettings): void {
  const scales = phases.map(({ scale }) => scale);
  if (scales.some((scale) => height % scale !== 0 || width % scale !== 0)) {
    throw kdxError(
      'KDX_SYNTH_SIZE',
      `Images of ${height}×${width} cannot be halved; take phases of scale 1, e.g. --set 'phases=[{"iterations":2000}]'.`,
    );
  }
  const grows = scales.at(-1) !== 2 && scales.every((scale, i) => i === 0 || scale <= scales[i - 1]);
  if (resolution === 'upsample' && !grows) {
    throw kdxError(
      'KDX_SYNTH_PHASES',
      `Phases have the scales ${scales.join(', ')}, and small images are only ever enlarged; put those of scale 2 first and end with scale 1, or say --set resolution=pool.`,
    );
  }
}

const copyOf = (tensor: tf.Tensor): tf.Variable => tf.tidy(() => tf.variable(tf.add(tensor, 0), false));

function variableOf(stored: HostTensor | undefined): tf.Variable {
  if (!stored) {
    throw kdxError(
      'KDX_CHECKPOINT',
      'The checkpoint of a batch lacks a tensor; delete it, and the batch begins anew.',
    );
  }
  return tf.tidy(() => tf.variable(tf.tensor(Float32Array.from(stored.data), [...stored.shape])));
}
