import { model, saveWeights } from '@kdx/models';
import * as tf from '@tensorflow/tfjs';

export interface NetworkToSave {
  /** `MODEL@FILE` */
  readonly named: string;
  readonly seed: number;
  readonly classes: number;
  /** Height and width. */
  readonly side: number;
  readonly classNames?: readonly string[];
}

/** Saves networks that nobody trained, for tests to which it does not matter how good one is. */
export async function saveNetworks(networks: readonly NetworkToSave[]): Promise<void> {
  await tf.setBackend('cpu');
  for (const { named, seed, classes, side, classNames } of networks) {
    const [name, file] = named.split('@');
    const built = await model(name).build({
      mean: [0.5, 0.5, 0.5],
      std: [0.25, 0.25, 0.25],
      classes,
      imageSize: [side, side, 3],
      seed,
    });
    await saveWeights(built, file, { classNames });
    built.dispose();
  }
}
