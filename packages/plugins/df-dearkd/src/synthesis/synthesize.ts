import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Checkpoint,
  isKdxError,
  KdxError,
  type Model,
  makeFolder,
  RunLock,
  readCheckpoint,
  writeCheckpoint,
  writeFailure,
} from '@kdx/core';
import {
  batchesFolder,
  type NetworkIdentity,
  type PoolDescription,
  type PoolImageFormat,
  passes,
  type Score,
  toBytes,
} from '@kdx/data';
import { checkpointPath, removeLeftovers } from '../pool/leftovers.js';
import { type NewImage, PoolWriter } from '../pool/pool-writer.js';
import { checkRequest, planOf } from './check-request.js';
import { type InversionProgress, invert } from './inversion.js';
import type { InversionPosition } from './pixels.js';
import { scoreImages } from './score.js';
import type { SynthesisSettings } from './settings.js';

/** A network with what tells it from others. */
export interface NamedNetwork {
  readonly model: Model;
  readonly identity: NetworkIdentity;
}

export interface SynthesizeOptions {
  /** The network images are made from. */
  readonly inverted: NamedNetwork;
  /** Scores the images; made by another training, so that it tells what the inverted network cannot. */
  readonly verifier?: NamedNetwork;
  /** For the ablation `adi`. */
  readonly competitor?: NamedNetwork;
  /** The pool's folder: a new one, or one to go on with. */
  readonly directory: string;
  /** How many images the pool is to have; whole batches are made. */
  readonly images: number;
  /** Count only images to whose target the verifier gives at least this probability. */
  readonly threshold?: number;
  /** Default: all that the network knows. */
  readonly classes?: readonly number[];
  /** Of all classes of the network. Default: their numbers. */
  readonly classNames?: readonly string[];
  readonly settings: SynthesisSettings;
  /** Default 0. */
  readonly seed?: number;
  /** Default PNG. */
  readonly imageFormat?: PoolImageFormat;
  /** Iterations between two checkpoints of the batch in progress. Default 100. */
  readonly saveEvery?: number;
  /** Stops after the iteration in progress; the same call goes on. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: SynthesisEvent) => void;
}

export type SynthesisEvent =
  | {
      readonly type: 'start';
      /** Whole batches that are there already, and images that count. */
      readonly batches: number;
      readonly images: number;
      /** Batches that were there and are made again. */
      readonly damaged: ReadonlyMap<number, KdxError>;
      readonly imagesPerBatch: number;
    }
  | ({ readonly type: 'step'; readonly batch: number; readonly images: number } & InversionProgress)
  | {
      readonly type: 'batch';
      readonly batch: number;
      /** Images that count, of this batch and of all. */
      readonly added: number;
      readonly images: number;
      readonly duplicates: number;
      readonly seconds: number;
      /** Share of this batch's images that the network takes for their target. */
      readonly inverted: number;
      readonly verified?: number;
    }
  /** The batch in progress goes on after this iteration. */
  | { readonly type: 'resumed'; readonly batch: number; readonly step: number }
  /** The checkpoint of the batch in progress cannot be read, so it begins anew. */
  | { readonly type: 'anew'; readonly batch: number; readonly error: KdxError }
  /** A batch of an earlier call was scored by the verifier. */
  | { readonly type: 'verified'; readonly batch: number };

/**
 * Fills a pool with images made from a network alone. May be killed at any time: what is on disk is whole, and the same call
 * goes on, in the middle of a batch from its last checkpoint, to the very same images.
 * @throws KdxError `KDX_POOL_…`, `KDX_SYNTH_…`, `KDX_NON_FINITE`, `KDX_INTERRUPTED`, `KDX_RUN_BUSY`, `KDX_WRITE_FAILED`
 */
export async function synthesize(options: SynthesizeOptions): Promise<void> {
  const { directory, inverted } = options;
  const { spec } = inverted.model;
  const classes = options.classes ?? Array.from({ length: spec.classes }, (_, k) => k);
  checkRequest(options, classes);
  try {
    makeFolder(batchesFolder(directory));
  } catch (cause) {
    throw writeFailure(directory, cause);
  }
  const lock = new RunLock(join(directory, 'pool.lock'), directory);
  lock.acquire();
  try {
    const writer = await PoolWriter.open(directory, descriptionOf(options, classes), { resume: true });
    removeLeftovers(directory, writer.batches);
    await fill(options, writer, classes);
  } finally {
    lock.release();
  }
}

async function fill(
  options: SynthesizeOptions,
  writer: PoolWriter,
  classes: readonly number[],
): Promise<void> {
  const { settings, onEvent, images, threshold } = options;
  const { classesPerBatch, imagesPerClass } = settings;
  const counted = () => countedImages(writer, threshold);
  await verifyOld(options, writer);
  onEvent?.({
    type: 'start',
    batches: writer.batches.length,
    images: counted(),
    damaged: writer.damaged,
    imagesPerBatch: classesPerBatch * imagesPerClass,
  });
  // A pool with a gap is not one that can be opened, so gaps are filled whatever it counts.
  const isGap = (batch: number) => batch < (writer.batches.at(-1) ?? 0);
  const plan = planOf(options, classes);
  for (let batch = 0; ; batch++) {
    const targets = plan.next().value;
    if (writer.batches.includes(batch)) continue;
    if (!isGap(batch) && counted() >= images) return;
    checkInterrupt(options);
    await makeBatch(options, writer, batch, targets, counted);
    checkFilter(options, writer, counted());
  }
}

/** Between two batches: in the middle of one its checkpoint comes first. @throws KdxError `KDX_INTERRUPTED` */
function checkInterrupt({ signal }: SynthesizeOptions): void {
  if (!signal?.aborted) return;
  throw new KdxError(
    'KDX_INTERRUPTED',
    'Interrupted between two batches: all is saved; the same command goes on.',
  );
}

async function makeBatch(
  options: SynthesizeOptions,
  writer: PoolWriter,
  batch: number,
  targets: Int32Array,
  counted: () => number,
): Promise<void> {
  const { inverted, verifier, onEvent, directory } = options;
  const begun = performance.now();
  const images = await invertBatch(options, batch, targets, counted());
  const pixels = toBytes(images);
  const said = await scoreImages(inverted.model, pixels, targets);
  const checked = verifier && (await scoreImages(verifier.model, pixels, targets));
  const metadata = said.map(
    (score, i): NewImage => ({
      target: targets[i],
      inverted: score,
      ...(checked ? { verified: checked[i] } : {}),
    }),
  );
  const written = await writer.writeBatch(batch, images, metadata, verifier?.identity);
  rmSync(checkpointPath(directory, batch), { force: true });
  onEvent?.({
    type: 'batch',
    batch,
    added: written.images,
    duplicates: written.duplicates,
    images: counted(),
    seconds: (performance.now() - begun) / 1000,
    inverted: hitsOf(said, targets),
    ...(checked ? { verified: hitsOf(checked, targets) } : {}),
  });
}

/** Share of images that a network takes for what they were made to be. */
const hitsOf = (scores: readonly Score[], targets: Int32Array): number =>
  scores.filter(({ top1 }, i) => top1 === targets[i]).length / targets.length;

async function invertBatch(
  options: SynthesizeOptions,
  batch: number,
  targets: Int32Array,
  images: number,
): Promise<Float32Array> {
  const { inverted, competitor, settings, seed = 0, saveEvery, signal, onEvent, directory } = options;
  const file = checkpointPath(directory, batch);
  const from = existsSync(file) ? await checkpointOf(file, batch, onEvent) : undefined;
  if (from) onEvent?.({ type: 'resumed', batch, step: from.state.step });
  return invert(
    {
      model: inverted.model,
      competitor: competitor?.model,
      settings,
      targets,
      seed,
      batch,
      saveEvery,
      signal,
      save: (checkpoint) => writeCheckpoint(file, checkpoint),
      onProgress: (progress) => onEvent?.({ type: 'step', batch, images, ...progress }),
    },
    from,
  );
}

/** A checkpoint that cannot be read costs its batch's iterations and nothing else. */
async function checkpointOf(
  file: string,
  batch: number,
  onEvent: SynthesizeOptions['onEvent'],
): Promise<Checkpoint<InversionPosition> | undefined> {
  try {
    return await readCheckpoint<InversionPosition>(file);
  } catch (error) {
    if (!isKdxError(error)) throw error;
    onEvent?.({ type: 'anew', batch, error });
    return undefined;
  }
}

/** Scores what an earlier call made without this verifier. */
async function verifyOld(options: SynthesizeOptions, writer: PoolWriter): Promise<void> {
  const { verifier, onEvent } = options;
  if (!verifier) return;
  for (const batch of writer.batches) {
    if (writer.verifierOf(batch)?.sha256 === verifier.identity.sha256) continue;
    checkInterrupt(options);
    const entries = writer.entries(batch);
    const pixels: Uint8Array[] = [];
    for (const entry of entries) pixels.push(await writer.read(entry));
    const targets = entries.map(({ target }) => target);
    const scores = await scoreImages(verifier.model, Buffer.concat(pixels), targets);
    writer.updateScores(batch, verifier.identity, scores);
    onEvent?.({ type: 'verified', batch });
  }
}

function countedImages(writer: PoolWriter, threshold: number | undefined): number {
  const entries = writer.entries();
  if (threshold === undefined) return entries.length;
  return entries.filter(({ verified }) => verified !== undefined && passes(verified.target, threshold))
    .length;
}

const FILTERED_BATCHES = 3;

/** @throws KdxError `KDX_SYNTH_FILTER` when nothing passes: more of the same would never do. */
function checkFilter({ threshold, images }: SynthesizeOptions, writer: PoolWriter, counted: number): void {
  if (threshold === undefined || counted > 0 || images === 0 || writer.batches.length < FILTERED_BATCHES)
    return;
  const best = Math.max(...writer.entries().map(({ verified }) => verified?.target ?? 0));
  throw new KdxError(
    'KDX_SYNTH_FILTER',
    `None of the ${writer.entries().length} images made so far passes --threshold ${threshold}; the best has ${best.toPrecision(2)}. Lower it, or make better images with more --iterations.`,
  );
}

function descriptionOf(
  { inverted, competitor, settings, seed = 0, classNames, imageFormat = { type: 'png' } }: SynthesizeOptions,
  classes: readonly number[],
): PoolDescription {
  const { spec } = inverted.model;
  const [height, width, channels] = spec.inputSize;
  return {
    inverted: inverted.identity,
    ...(competitor ? { competitor: competitor.identity } : {}),
    settings: JSON.parse(JSON.stringify(settings)) as PoolDescription['settings'],
    seed,
    classes: [...classes],
    classNames: [...(classNames ?? Array.from({ length: spec.classes }, (_, k) => `class ${k}`))],
    imageSize: [height, width, channels as 1 | 3],
    mean: [...spec.mean],
    std: [...spec.std],
    imageFormat,
  };
}
