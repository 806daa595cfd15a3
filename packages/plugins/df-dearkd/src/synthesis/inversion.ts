import { type Clock, type Model } from '@kdx/core';
import { type Checkpoint, type Loop, runLoop } from '@kdx/core/run';
import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';
import { inversionLoss } from './inversion-loss.js';
import { PixelRange } from './pixel-range.js';
import { checkPhases, type InversionPosition, Pixels } from './pixels.js';
import { inversionRate } from './rate.js';
import type { SynthesisSettings } from './settings.js';
import { drawView, look, type View } from './views.js';

export interface InversionOptions {
  /** The network images are made from; frozen, in inference. */
  readonly model: Model;
  /** Another network, for the ablation `adi`. */
  readonly competitor?: Model;
  readonly settings: SynthesisSettings;
  /** Class of each image, `[B]`. */
  readonly targets: Int32Array;
  readonly seed: number;
  /** Images that pixels begin with, `B · H · W · C` values in [0, 1]. Default: noise. */
  readonly start?: ArrayLike<number>;
  /** Number of the batch; with the seed it keys every draw. */
  readonly batch: number;
  /** Iterations between two calls of {@link onProgress}. Default 10. */
  readonly progressEvery?: number;
  readonly onProgress?: (progress: InversionProgress) => void;
  /** Iterations between two checkpoints. Default 100. */
  readonly saveEvery?: number;
  readonly save?: (checkpoint: Checkpoint<InversionPosition>) => Promise<void>;
  /** Stops after the iteration in progress, with a checkpoint. */
  readonly signal?: AbortSignal;
}

export interface InversionProgress {
  /** Iterations done, and in all. */
  readonly step: number;
  readonly steps: number;
  /** The loss at the last of them. */
  readonly loss: number;
  /** Its parts, without their weights. */
  readonly parts: Readonly<Record<string, number>>;
}

/**
 * Makes a batch of images of given classes from a trained network alone (spec §3.2), on the Trainer's loop, with pixels in
 * the place of parameters. Gives `B · H · W · C` values in [0, 1]: the images of the last phase's lowest loss (of the last
 * iteration with the setting `keep: 'last'`), or what they begin with where there is no phase.
 * @param from where an interrupted inversion of the same batch goes on, bit for bit
 * @throws KdxError `KDX_NON_FINITE`, `KDX_INTERRUPTED` when `signal` fires, `KDX_SYNTH_…`
 */
export async function invert(
  options: InversionOptions,
  from?: Checkpoint<InversionPosition>,
): Promise<Float32Array> {
  const { settings, model, targets, seed, batch, start } = options;
  const imageSize = model.spec.inputSize;
  const count = targets.length;
  const pixels = new Pixels(
    { imageSize, count, settings, seed, batch, start, normalization: model.spec },
    from,
  );
  const range = new PixelRange(model.spec, settings.pixelRange);
  const loop = new InversionLoop(options, pixels, range);
  try {
    if (settings.phases.length > 0) await runLoop(loop, from?.state.step ?? 0);
    return await range.toHost(pixels.result);
  } finally {
    loop.dispose();
    pixels.dispose();
    range.dispose();
  }
}

/**
 * Refuses what {@link invert} would refuse of its settings, so that nothing is written of a batch that cannot be made.
 * @throws KdxError `KDX_SYNTH_…`, `KDX_INVERT_NO_BATCH_NORM`
 */
export function checkInversion(
  options: Pick<InversionOptions, 'model' | 'competitor' | 'settings' | 'targets'>,
): void {
  checkPhases(options.model.spec.inputSize, options.settings);
  inversionLoss(options).dispose();
}

class InversionLoop implements Loop<View> {
  readonly phases;
  readonly #loss;
  readonly #rate;
  readonly #steps: number;
  /** Of the step in progress. */
  #total: tf.Scalar | undefined;
  /** The loss and its parts, `[1 + parts]`, when someone is to read them. */
  #values: tf.Tensor1D | undefined;

  constructor(
    private readonly options: InversionOptions,
    private readonly pixels: Pixels,
    private readonly range: PixelRange,
  ) {
    const { phases, lr, warmup, schedule } = options.settings;
    this.phases = phases.map(({ iterations }) => ({ epochs: 1, stepsPerEpoch: iterations }));
    this.#steps = phases.reduce((sum, { iterations }) => sum + iterations, 0);
    this.#rate = inversionRate(lr, warmup, schedule);
    this.#loss = inversionLoss(options);
  }

  variables() {
    const { parameter } = this.pixels;
    return new Map([[parameter.name, parameter]]);
  }

  microSteps(): number {
    return 1;
  }

  async prepare(clock: Clock): Promise<View> {
    const { settings, seed, batch } = this.options;
    const { scale } = settings.phases[clock.epoch];
    return drawView(keyedRng(seed, 'view', batch, clock.step), {
      jitter: Math.floor(settings.jitter / scale),
      flip: settings.flip,
      pool: settings.resolution === 'pool' ? scale : 1,
    });
  }

  loss(view: View, { step }: Clock): tf.Scalar {
    const { total, parts } = this.#loss.of(look(this.pixels.current, view));
    this.#total = total;
    if (this.#isRead(step)) this.#values = tf.keep(tf.stack([total, ...parts]) as tf.Tensor1D);
    return total;
  }

  weight(): number {
    return 1;
  }

  update(gradients: Map<string, tf.Tensor>, clock: Clock): void {
    const gradient = gradients.get(this.pixels.parameter.name);
    if (!gradient) throw new Error('no loss reaches the pixels');
    this.pixels.follow(gradient, this.#rate.at(clock));
    if (this.options.settings.clamp) this.pixels.replace(this.range.clamp(this.pixels.current));
    if (isLastPhase(clock)) this.pixels.keepBest(this.#total as tf.Scalar);
  }

  release(): void {}

  async onEpochStart(clock: Clock): Promise<void> {
    this.pixels.beginPhase(this.options.settings.phases[clock.epoch].scale, isLastPhase(clock));
  }

  async onStepEnd({ step }: Clock): Promise<void> {
    const read = await this.#tell(step);
    const { signal, save, saveEvery = 100, batch } = this.options;
    const done = step + 1;
    // No checkpoint follows a loss that was not read and found finite.
    if (!read || done === this.#steps) return;
    const stops = signal?.aborted === true;
    if (!stops && done % saveEvery !== 0) return;
    await save?.(await this.pixels.checkpoint({ batch, step: done }));
    if (!stops) return;
    throw kdxError(
      'KDX_INTERRUPTED',
      `Interrupted in batch ${batch + 1} after iteration ${done}: ${save ? 'saved; the same command goes on' : 'not saved'}.`,
    );
  }

  dispose(): void {
    this.#values?.dispose();
    this.#loss.dispose();
  }

  #isRead(step: number): boolean {
    const { progressEvery = 10, saveEvery = 100, signal } = this.options;
    const done = step + 1;
    return (
      done % progressEvery === 0 || done % saveEvery === 0 || done === this.#steps || signal?.aborted === true
    );
  }

  /** Whether there was a loss to read. */
  async #tell(step: number): Promise<boolean> {
    if (!this.#values) return false;
    const [loss, ...numbers] = await this.#values.data();
    this.#values.dispose();
    this.#values = undefined;
    const parts = Object.fromEntries(this.#loss.names.map((name, i) => [name, numbers[i]]));
    const bad = Object.entries(parts).find(([, value]) => !Number.isFinite(value));
    if (bad || !Number.isFinite(loss)) {
      throw kdxError(
        'KDX_NON_FINITE',
        `The loss of batch ${this.options.batch + 1} became ${bad?.[1] ?? loss} at iteration ${step}${bad ? ` in ${bad[0]}` : ''}; try a smaller rate (--set lr=${this.options.settings.lr / 2}) with another --out.`,
      );
    }
    this.options.onProgress?.({ step: step + 1, steps: this.#steps, loss, parts });
    return true;
  }
}

const isLastPhase = ({ epoch, epochs }: Clock): boolean => epoch === epochs - 1;
