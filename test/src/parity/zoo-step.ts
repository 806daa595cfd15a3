import { join } from 'node:path';
import { type Model } from '@kdx/core';
import { model } from '@kdx/models';
import { crossEntropy } from '@kdx/nn';
import {
  exportState,
  type HostTensor,
  keyedRng,
  type Parameter,
  toDisk,
  valueAndGradients,
  writeSafetensors,
} from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { ZooCase } from './zoo-cases.js';

/** Of plain SGD. Large, so that a wrong gradient shows in the logits after the step. */
export const ZOO_LR = 0.05;
const CLASSES = 100;

/**
 * What a step came to, by name: `logits` and `loss` before the update, `gradient/…` of each parameter, `buffer/…` of the
 * running statistics after it, `evaluation_logits` in inference mode after it. In PyTorch's layouts.
 */
export type StepResult = ReadonlyMap<string, HostTensor>;

/** What a step began with, as files for another program. */
export const zooFiles = (folder: string) => ({
  weights: join(folder, 'start.safetensors'),
  batch: join(folder, 'batch.safetensors'),
});

/** One step of a case on the current back end; leaves in a folder what it began with. */
export async function zooStep({ model: name, img, batch }: ZooCase, folder: string): Promise<StepResult> {
  const network = await model(`${name}?img=${img}`).build({ classes: CLASSES, seed: 3 });
  moveVectors(network);
  const input = { images: randomImages(batch, img), targets: mixedTargets(batch) };
  const files = zooFiles(folder);
  await writeSafetensors(files.weights, await exportState(network.parameters, network.buffers), {});
  await writeSafetensors(files.batch, new Map(Object.entries(input)), {});

  const images = tf.tensor4d(input.images.data as Float32Array, [batch, img, img, 3]);
  const targets = tf.tensor2d(input.targets.data as Float32Array, [batch, CLASSES]);
  const results = new Map<string, HostTensor>();
  try {
    const parameters = [...network.parameters.values()];
    const step = tf.tidy(() => trainingStep(network, parameters, images, targets));
    await take(results, 'logits', step.logits);
    await take(results, 'loss', step.loss);
    for (const [i, parameter] of parameters.entries()) {
      const { shape, data } = toDisk(parameter, await values(step.gradients[i]));
      results.set(`gradient/${parameter.name}`, { shape, data });
    }
    for (const [buffer, state] of await exportState(new Map(), network.buffers)) {
      results.set(`buffer/${buffer}`, state);
    }
    const evaluation = tf.tidy(() => network.forward(images, { training: false }).logits);
    await take(results, 'evaluation_logits', evaluation);
  } finally {
    images.dispose();
    targets.dispose();
    network.dispose();
  }
  return results;
}

function trainingStep(
  network: Model,
  parameters: readonly Parameter[],
  images: tf.Tensor4D,
  targets: tf.Tensor2D,
): { logits: tf.Tensor; loss: tf.Tensor; gradients: tf.Tensor[] } {
  let logits: tf.Tensor | undefined;
  const lossOf = () => {
    const output = network.forward(images, { training: true });
    logits = tf.keep(tf.clone(output.logits));
    return crossEntropy(output.logits, targets);
  };
  const { value, gradients } = valueAndGradients(
    lossOf,
    parameters.map(({ variable }) => variable),
  );
  for (const [i, { name, variable }] of parameters.entries()) {
    const gradient = gradients[i];
    if (!gradient) throw new Error(`The loss does not depend on ${name}.`);
    variable.assign(tf.sub(variable, tf.mul(gradient, ZOO_LR)));
  }
  return { logits: logits as tf.Tensor, loss: value, gradients: gradients as tf.Tensor[] };
}

/**
 * Gives scales, shifts and statistics values of their own: initially they are 1, 0, 0 and 1, and one could stand for
 * another. Shifts are four scales or more from 0, up in three of four channels and down in the fourth. So hardly a value
 * lies where rounding decides on which side of a ReLU's corner it is; with few values per channel, one such decision moves
 * gradients by a tenth. The sign goes with the channel's number, so that sums of branches keep it.
 */
function moveVectors(network: Model): void {
  for (const [name, { variable }] of [...network.parameters, ...network.buffers]) {
    if (variable.rank !== 1) continue;
    const rng = keyedRng(5, name);
    const isScale = /(weight|running_var)$/.test(name);
    const isShift = name.endsWith('.bias') && network.buffers.has(name.replace(/bias$/, 'running_mean'));
    const drawn = Float32Array.from({ length: variable.size }, (_, channel) => {
      if (isScale) return 0.5 + 0.3 * rng.uniform();
      if (isShift) return (channel % 4 === 0 ? -1 : 1) * (3 + 0.5 * rng.uniform());
      return 0.2 * rng.normal();
    });
    tf.tidy(() => variable.assign(tf.tensor(drawn, variable.shape)));
  }
}

function randomImages(batch: number, img: number): HostTensor {
  const rng = keyedRng(7, 'images');
  const data = Float32Array.from({ length: batch * img * img * 3 }, () => rng.normal());
  return { shape: [batch, img, img, 3], data };
}

/** Two classes per image, as mixing makes them. */
function mixedTargets(batch: number): HostTensor {
  const data = new Float32Array(batch * CLASSES);
  for (let i = 0; i < batch; i += 1) {
    data[i * CLASSES + ((7 * i + 3) % CLASSES)] = 0.75;
    data[i * CLASSES + ((11 * i + 50) % CLASSES)] += 0.25;
  }
  return { shape: [batch, CLASSES], data };
}

async function take(results: Map<string, HostTensor>, name: string, tensor: tf.Tensor): Promise<void> {
  const { shape } = tensor;
  results.set(name, { shape, data: await values(tensor) });
}

/** Copied: a CPU back end hands out the very array it computes with. */
async function values(tensor: tf.Tensor): Promise<Float32Array> {
  const data = (await tensor.data()).slice() as Float32Array;
  tensor.dispose();
  return data;
}
