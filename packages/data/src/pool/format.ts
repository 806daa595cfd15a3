import { z } from 'zod';

/** Version of the files of a pool. */
export const POOL_FORMAT = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex');
const probability = z.number().min(0).max(1);
const classIndex = z.int().min(0);

/** A network by its name and the SHA-256 of its weight file. */
const network = z.strictObject({ name: z.string().min(1), sha256 });

/** What a network says of an image, after its softmax. */
const score = z.strictObject({
  /** Probability of the target. */
  target: probability,
  /** The class it takes the image for. */
  top1: classIndex,
  /** Probability of that class. */
  confidence: probability,
});

const imageFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('png') }),
  z.strictObject({ type: z.literal('jpeg'), quality: z.int().min(1).max(100) }),
]);

/** What made a pool, and so decides its images; `pool.json` without its version. */
export const poolDescription = z.strictObject({
  /** The network that was inverted. */
  inverted: network,
  /** The network that it competed with, where there was one (adaptive DeepInversion). */
  competitor: network.optional(),
  /** Digest of the data whose images pixels began with; without it they began with noise. */
  start: z.string().optional(),
  /** All settings of the synthesis, as JSON. */
  settings: z.record(z.string(), z.json()),
  seed: z.int(),
  /** Classes that images are made of. */
  classes: z.array(classIndex).min(1),
  /** Names of all classes of the inverted network. */
  classNames: z.array(z.string()).min(1),
  imageSize: z.tuple([z.int().min(1), z.int().min(1), z.union([z.literal(1), z.literal(3)])]),
  /** What the inverted network normalises with, per channel. */
  mean: z.array(z.number()),
  std: z.array(z.number().positive()),
  imageFormat,
});

/** `pool.json` */
export const poolFile = poolDescription.extend({ format: z.literal(POOL_FORMAT) });

const image = z.strictObject({
  /** Where it stands in its batch; with seed and batch the key of its random numbers. */
  place: z.int().min(0),
  /** The class it was made to be. */
  target: classIndex,
  /** Of its 8-bit pixels `[H, W, C]`, before they became a file. */
  sha256,
  /** Of the inverted network. */
  inverted: score,
  /** Of the batch's verifier. */
  verified: score.optional(),
  /** The file of the equal image that the pool had already. Such an image has no file and does not count. */
  duplicateOf: z.string().optional(),
});

/** `batches/NNNN.json` */
export const batchFile = z.strictObject({
  format: z.literal(POOL_FORMAT),
  batch: z.int().min(0),
  verifier: network.optional(),
  images: z.array(image),
});

export type NetworkIdentity = z.output<typeof network>;
export type Score = z.output<typeof score>;
export type PoolImageFormat = z.output<typeof imageFormat>;
export type PoolDescription = z.output<typeof poolDescription>;
export type BatchImage = z.output<typeof image>;
export type BatchRecord = Omit<z.output<typeof batchFile>, 'format'>;
