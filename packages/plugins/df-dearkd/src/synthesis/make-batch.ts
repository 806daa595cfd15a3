import { existsSync, rmSync } from 'node:fs';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '@kdx/core/run';
import { type Score, toBytes } from '@kdx/data';
import { isKdxError } from '@kdx/tensor';
import { asSaved } from '../pool/image-format.js';
import { checkpointPath } from '../pool/leftovers.js';
import type { NewImage, PoolWriter } from '../pool/pool-writer.js';
import { invert } from './inversion.js';
import type { InversionPosition } from './pixels.js';
import type { SynthesizeOptions } from './request.js';
import { scoreImages } from './score.js';
import { startingImages } from './starting-images.js';

/** What a batch is made with. */
interface BatchOptions extends SynthesizeOptions {
  /** Called before anything is written. @throws KdxError `KDX_RUN_LOST` */
  confirm(): void;
}

/**
 * Makes the images of one batch, or resumes them, scores them and writes them.
 * @returns how many of them are new to the pool
 */
export async function makeBatch(
  options: BatchOptions,
  writer: PoolWriter,
  batch: number,
  targets: Int32Array,
  counted: () => number,
): Promise<number> {
  const { inverted, verifier, onEvent, directory } = options;
  const begun = performance.now();
  const images = await invertBatch(options, batch, targets, counted());
  const { imageSize, imageFormat } = writer.description;
  const pixels = await asSaved(toBytes(images), imageSize, imageFormat);
  const said = await scoreImages(inverted.model, pixels, targets);
  const checked = verifier && (await scoreImages(verifier.model, pixels, targets));
  const metadata = said.map(
    (score, i): NewImage => ({
      target: targets[i],
      inverted: score,
      ...(checked ? { verified: checked[i] } : {}),
    }),
  );
  options.confirm();
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
  return written.images;
}

/** Share of images that a network takes for what they were made to be. */
const hitsOf = (scores: readonly Score[], targets: Int32Array): number =>
  scores.filter(({ top1 }, i) => top1 === targets[i]).length / targets.length;

async function invertBatch(
  options: BatchOptions,
  batch: number,
  targets: Int32Array,
  images: number,
): Promise<Float32Array> {
  const { inverted, competitor, settings, start, seed = 0, saveEvery, signal, onEvent, directory } = options;
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
      start:
        start && !from
          ? await startingImages(start, targets, { seed, batch, classes: inverted.model.spec.classes })
          : undefined,
      batch,
      saveEvery,
      signal,
      save: (checkpoint) => {
        options.confirm();
        return writeCheckpoint(file, checkpoint);
      },
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
