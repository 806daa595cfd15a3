import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodePng } from '@kdx/data';

const SIDE = 4;
const CLASSES = ['cat', 'dog'];

/**
 * Writes a pool of one batch, an image for each probability that the verifier gives its target; the images of the two classes
 * take turns, and no two are alike.
 */
export async function writePool(directory: string, verified: readonly number[]): Promise<string> {
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  };
  const description = {
    format: 1,
    inverted: { name: 'convnet', sha256: 'a'.repeat(64) },
    settings: {},
    seed: 0,
    classes: CLASSES.map((_, index) => index),
    classNames: CLASSES,
    imageSize: [SIDE, SIDE, 3],
    mean: [0.5, 0.5, 0.5],
    std: [0.2, 0.2, 0.2],
    imageFormat: { type: 'png' },
  };
  write('pool.json', JSON.stringify(description));
  const images = verified.map((probability, place) => {
    const target = place % CLASSES.length;
    const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, k) => (k * 37 + place * 11) & 255);
    const score = { target: probability, top1: target, confidence: Math.max(probability, 0.5) };
    return { pixels, target, score };
  });
  const record = {
    format: 1,
    batch: 0,
    verifier: { name: 'judge', sha256: 'b'.repeat(64) },
    images: images.map(({ pixels, target, score }, place) => ({
      place,
      target,
      sha256: createHash('sha256').update(pixels).digest('hex'),
      inverted: { target: 0.9, top1: target, confidence: 0.9 },
      verified: score,
    })),
  };
  write('batches/0000.json', JSON.stringify(record));
  for (const [place, { pixels, target }] of images.entries()) {
    const name = `images/00${target}/0000-${String(place).padStart(3, '0')}.png`;
    write(name, await encodePng(pixels, [SIDE, SIDE, 3]));
  }
  return directory;
}
