import { z } from 'zod';

const phase = z.strictObject({
  iterations: z.int().min(1).describe('updates of the pixels'),
  scale: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .describe('2: the network sees half the resolution'),
});

const weights = z.strictObject({
  ce: z.number().min(0).describe('of the cross-entropy with the target'),
  tvL2: z.number().min(0).describe('of the total variation, l2'),
  tvL1: z.number().min(0).describe('of the total variation, l1'),
  l2: z.number().min(0).describe('of the norm that l2Norm names'),
  batchNorm: z.number().min(0).describe('α_BN, of the batch-norm statistics'),
  divergence: z.number().min(0).describe('of the intra-divergence loss'),
});

const divergence = z.strictObject({
  kind: z
    .enum(['boundary', 'push', 'triplet', 'adi', 'none'])
    .describe('boundary-preserving, or an ablation: push or triplet alone, ADI against --compete, none'),
  margin: z.number().min(0).describe('m_div, what an image keeps from the boundary to the next class'),
  boundaryMargin: z.number().min(0).describe('m_bnd, by which the next class is farther than its own'),
  boundaryWeight: z.number().min(0).describe('λ_b'),
  limit: z
    .number()
    .positive()
    .describe('of push alone: the distance from which on images leave each other in peace'),
});

/** How images are made from a network. Every number of spec §3.2 and §3.3. */
export const synthesisSettings = z.strictObject({
  classesPerBatch: z.int().min(1).describe('P, different classes in a batch'),
  imagesPerClass: z.int().min(1).describe('K, images of each in a batch'),
  phases: z.array(phase).describe('stretches of the optimisation, each with a fresh Adam; none: noise'),
  resolution: z
    .enum(['pool', 'upsample'])
    .describe('how scale 2 is meant: full images seen through a 2×2 mean, or small ones enlarged later'),
  lr: z.number().positive().describe('of Adam, after the warm-up'),
  warmup: z.int().min(0).describe('iterations of linear warm-up in each phase'),
  betas: z.tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)]).describe('of Adam'),
  schedule: z
    .enum(['cosine', 'linear', 'constant'])
    .optional()
    .describe(
      'of the rate after the warm-up: down to 0 in each phase by half a cosine (default) or a line, or constant',
    ),
  clamp: z.boolean().describe('keep pixels in the range an image can have'),
  pixelRange: z
    .tuple([z.number(), z.number()])
    .refine(([lowest, highest]) => lowest < highest, 'the first is less than the second')
    .optional()
    .describe(
      'what clamp keeps pixels in, before normalisation; default [0, 1]. Files hold [0, 1] in any case',
    ),
  noise: z
    .number()
    .min(0)
    .optional()
    .describe(
      'deviation of the noise pixels begin with, normalised; default 1, or 0 on top of starting images',
    ),
  keep: z
    .enum(['best', 'last'])
    .optional()
    .describe('images of the lowest loss of the last phase (default), or of the last iteration'),
  jitter: z.int().min(0).describe('pixels, largest shift of a batch; half of it where scale is 2'),
  flip: z.number().min(0).max(1).describe('probability that a batch is mirrored'),
  l2Norm: z
    .enum(['image', 'batch'])
    .optional()
    .describe('of weights.l2: the mean of the images’ norms (default), or one norm over the whole batch'),
  firstBatchNorm: z.number().min(0).describe('factor of the first batch norm'),
  weights,
  divergence,
});

export type SynthesisSettings = z.output<typeof synthesisSettings>;

/** What settings that are left out stand for. */
const DEFAULTS = { schedule: 'cosine', pixelRange: [0, 1], keep: 'best', l2Norm: 'image' } as const;

/** Settings without those that say what holds without them, so that a pool is one however they were given. */
export function withoutDefaults(settings: SynthesisSettings): SynthesisSettings {
  const isDefault = (key: string, value: unknown): boolean =>
    value === undefined ||
    (key in DEFAULTS && String(value) === String(DEFAULTS[key as keyof typeof DEFAULTS]));
  return Object.fromEntries(
    Object.entries(settings).filter(([key, value]) => !isDefault(key, value)),
  ) as SynthesisSettings;
}

const boundary = { kind: 'boundary', margin: 0.4, boundaryMargin: 0.2, boundaryWeight: 1, limit: 1 } as const;

/** DeepInversion's for ImageNet (setting 0 of its code, multi-resolution), with the boundary-preserving loss. */
const imagenet: SynthesisSettings = {
  classesPerBatch: 21,
  imagesPerClass: 4,
  phases: [
    { iterations: 2000, scale: 2 },
    { iterations: 1000, scale: 1 },
  ],
  resolution: 'pool',
  lr: 0.25,
  warmup: 100,
  betas: [0.5, 0.9],
  clamp: true,
  jitter: 30,
  flip: 0.5,
  firstBatchNorm: 10,
  weights: { ce: 1, tvL2: 1e-4, tvL1: 0, l2: 1e-5, batchNorm: 0.01, divergence: 0.5 },
  divergence: boundary,
};

/** DeepInversion alone, without an intra-divergence loss. */
const deepinversion: SynthesisSettings = {
  ...imagenet,
  weights: { ...imagenet.weights, divergence: 0 },
  divergence: { ...boundary, kind: 'none' },
};

/**
 * For images of 32 pixels. Ours, found on a ResNet-56 of CIFAR-100: DeepInversion's CIFAR figures leave a network this narrow
 * and deep in doubt about its images within some hundred iterations. First small images that are enlarged, as its paper is
 * said to make them; the first batch norm, ten times, keeps contrast where the total variation takes it.
 */
const cifar: SynthesisSettings = {
  ...imagenet,
  classesPerBatch: 50,
  imagesPerClass: 2,
  phases: [
    { iterations: 800, scale: 2 },
    { iterations: 1200, scale: 1 },
  ],
  resolution: 'upsample',
  jitter: 4,
  weights: { ce: 1, tvL2: 0.05, tvL1: 0, l2: 0, batchNorm: 0.3, divergence: 0.5 },
};

/**
 * DeepInversion's CIFAR script: Adam with its defaults at a constant rate, views that are shifted and not mirrored, pixels that
 * may leave the range of images, one l2 norm over the batch (whose weight is 0), the images of the last iteration. The weights
 * are those of its README's command for better images (`--r_feature_weight=10 --di_lr=0.1 --di_var_scale=0.001
 * --di_l2_scale=0.0`). Its batch of 256 has ten classes in turn; ours has 64 × 4 images.
 */
const deepinversionCifar: SynthesisSettings = {
  ...deepinversion,
  classesPerBatch: 64,
  phases: [{ iterations: 2000, scale: 1 }],
  lr: 0.1,
  warmup: 0,
  schedule: 'constant',
  betas: [0.9, 0.999],
  clamp: false,
  keep: 'last',
  jitter: 2,
  flip: 0,
  l2Norm: 'batch',
  firstBatchNorm: 1,
  weights: { ce: 1, tvL2: 1e-3, tvL1: 0, l2: 0, batchNorm: 10, divergence: 0 },
};

/** Sets of settings by name. */
export const SYNTHESIS_PRESETS = {
  cifar,
  imagenet,
  'deepinversion-cifar': deepinversionCifar,
  /** The CIFAR script without any argument. */
  'deepinversion-cifar-defaults': {
    ...deepinversionCifar,
    weights: { ...deepinversionCifar.weights, batchNorm: 100, tvL2: 2.5e-5 },
  },
  /** The CIFAR script with the arguments that its README calls the paper's. */
  'deepinversion-cifar-paper': {
    ...deepinversionCifar,
    lr: 0.05,
    weights: { ...deepinversionCifar.weights, tvL2: 2.5e-5 },
  },
  deepinversion,
  /** DeepInversion as its paper is nearest to (setting 2 of its code): one resolution, 20,000 iterations, no clamping. */
  'deepinversion-paper': {
    ...deepinversion,
    phases: [{ iterations: 20_000, scale: 1 }],
    betas: [0.9, 0.999],
    clamp: false,
  },
} as const satisfies Record<string, SynthesisSettings>;

export type SynthesisPreset = keyof typeof SYNTHESIS_PRESETS;

/** The preset for images of this height: `cifar` up to 64 pixels, `imagenet` above. */
export const presetFor = (height: number): SynthesisPreset => (height <= 64 ? 'cifar' : 'imagenet');
