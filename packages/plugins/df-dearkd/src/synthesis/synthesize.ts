import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RunLock } from '@kdx/core/run';
import { batchesFolder, type PoolDescription, passes, poolPath } from '@kdx/data';
import { type KdxError, makeFolder, writeFailure } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { removeCheckpoints, removeLeftovers } from '../pool/leftovers.js';
import { PoolWriter } from '../pool/pool-writer.js';
import { checkRequest, planOf } from './check-request.js';
import { makeBatch } from './make-batch.js';
import type { SynthesizeOptions } from './request.js';
import { scoreImages } from './score.js';
import { withoutDefaults } from './settings.js';

/**
 * Fills a pool with images made from a network alone. May be killed at any time: what is on disk is whole, and the same call
 * goes on, in the middle of a batch from its last checkpoint, to the very same images.
 * @throws KdxError `KDX_POOL_…`, `KDX_SYNTH_…`, `KDX_NON_FINITE`, `KDX_INTERRUPTED`, `KDX_RUN_BUSY`, `KDX_RUN_LOST`, `KDX_WRITE_FAILED`
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
  await lock.claim({ signal: options.signal, onWait: options.onWait });
  try {
    if (!existsSync(poolPath(directory))) removeCheckpoints(directory);
    const writer = await PoolWriter.open(directory, descriptionOf(options, classes), { resume: true });
    removeLeftovers(directory, writer.batches);
    await fill(options, writer, classes, () => lock.confirm());
  } finally {
    lock.release();
  }
}

async function fill(
  options: SynthesizeOptions,
  writer: PoolWriter,
  classes: readonly number[],
  confirm: () => void,
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
  // A pool with a gap or a damaged batch is not one that can be opened, so those are filled whatever it counts.
  const last = Math.max(-1, ...writer.batches, ...writer.damaged.keys());
  const plan = planOf(options, classes);
  let repeating = 0;
  for (let batch = 0; ; batch++) {
    const targets = plan.next().value;
    if (writer.batches.includes(batch)) continue;
    if (batch > last && counted() >= images) return;
    checkInterrupt(options);
    const added = await makeBatch({ ...options, confirm }, writer, batch, targets, counted);
    checkFilter(options, writer, counted());
    // A batch made again to close a gap repeats nothing that it should not.
    if (batch <= last) continue;
    repeating = added === 0 ? repeating + 1 : 0;
    if (repeating >= FRUITLESS_BATCHES) throw onlyRepeats(options, counted());
  }
}

/** Between two batches: in the middle of one its checkpoint comes first. @throws KdxError `KDX_INTERRUPTED` */
function checkInterrupt({ signal }: SynthesizeOptions): void {
  if (!signal?.aborted) return;
  throw kdxError(
    'KDX_INTERRUPTED',
    'Interrupted between two batches: all is saved; the same command goes on.',
  );
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

/** After so many batches without a usable image, more of the same would not help. */
const FRUITLESS_BATCHES = 3;

/** @throws KdxError `KDX_SYNTH_FILTER` when nothing passes: more of the same would never do. */
function checkFilter({ threshold, images }: SynthesizeOptions, writer: PoolWriter, counted: number): void {
  if (threshold === undefined || counted > 0 || images === 0 || writer.batches.length < FRUITLESS_BATCHES)
    return;
  const best = Math.max(...writer.entries().map(({ verified }) => verified?.target ?? 0));
  throw kdxError(
    'KDX_SYNTH_FILTER',
    `None of the ${writer.entries().length} images made so far passes --threshold ${threshold}; the best has ${best.toPrecision(2)}. Lower it, or make better images with more --iterations.`,
  );
}

const onlyRepeats = ({ start, images }: SynthesizeOptions, counted: number): KdxError =>
  kdxError(
    'KDX_SYNTH_REPEATS',
    `The last ${FRUITLESS_BATCHES} batches only repeat images that the pool already has, so it stays at ${counted} of ${images}; ask for fewer with --images${start ? ', or begin another pool (--out) with more images for --start or with noise on them (--set noise=1)' : ''}.`,
  );

function descriptionOf(
  {
    inverted,
    competitor,
    settings,
    start,
    seed = 0,
    classNames,
    imageFormat = { type: 'png' },
  }: SynthesizeOptions,
  classes: readonly number[],
): PoolDescription {
  const { spec } = inverted.model;
  const [height, width, channels] = spec.inputSize;
  return {
    inverted: inverted.identity,
    ...(competitor ? { competitor: competitor.identity } : {}),
    settings: JSON.parse(JSON.stringify(withoutDefaults(settings))) as PoolDescription['settings'],
    ...(start ? { start: start.digest } : {}),
    seed,
    classes: [...classes],
    classNames: [
      ...(classNames ?? inverted.classNames ?? Array.from({ length: spec.classes }, (_, k) => `class ${k}`)),
    ],
    imageSize: [height, width, channels as 1 | 3],
    mean: [...spec.mean],
    std: [...spec.std],
    imageFormat,
  };
}
