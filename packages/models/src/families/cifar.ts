import type { ImageSize, Normalization } from '@kdx/core';
import { Activation, globalAveragePool } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';

const CIFAR100: Normalization = { mean: [0.507, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2761] };
const CIFAR10: Normalization = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };

/** What the definitions of all models of the CIFAR-100 distillation benchmark (CRD, Tian et al. 2020) have in common. */
export const CIFAR_MODEL = {
  options: z.object({}),
  classes: 100,
  imageSize: [32, 32, 3] as ImageSize,
  normalization: (classes: number): Normalization => (classes === 10 ? CIFAR10 : CIFAR100),
} as const;

/** The tap `pooled` of these models: the mean over height and width, `[B, H, W, C]` → `[B, C]`. */
export const pooled = (root: Scope): Activation =>
  new Activation(root.child('pooled'), (x) => globalAveragePool(x as tf.Tensor4D));
