/**
 * Writes which CIFAR-100 images kdx trains and validates on, for programs in other languages.
 *
 *     node test/parity/subset.mjs --data DIR [--train 10000] [--validation 1000] [--subset-seed 0] --out subset.json
 *
 * gives `{ spec, digest, train, validation }`; the lists are positions in `train.bin`, ascending, which is the order in
 * which kdx numbers them.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { resolveData, withSubsets } from '@kdx/data';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    train: { type: 'string', default: '10000' },
    validation: { type: 'string', default: '1000' },
    'subset-seed': { type: 'string', default: '0' },
    out: { type: 'string' },
  },
});
const { data, train, validation, 'subset-seed': seed, out } = values;
if (data === undefined || out === undefined) {
  console.error(
    'usage: node subset.mjs --data DIR --out FILE [--train N] [--validation N] [--subset-seed N]',
  );
  process.exit(2);
}

/** A split of the same labels whose images say only where they lie. */
const numbered = (split) => ({
  length: split.length,
  labels: split.labels,
  read: (index, pixels) => {
    pixels[0] = index;
  },
});

const indicesOf = (split) =>
  Array.from({ length: split.length }, (_, position) => {
    const pixels = new Float32Array(1);
    split.read(position, pixels);
    return pixels[0];
  });

const whole = await resolveData(`cifar100:${data}`);
const subset = withSubsets(
  { ...whole, train: numbered(whole.train) },
  { train: Number(train), validation: Number(validation), seed: Number(seed) },
);

// The digest of a source covers the positions it draws, so an equal one means that a run with this spec draws the same.
const query = `train=${train}&validation=${validation}&subset-seed=${seed}`;
const opened = await resolveData(`cifar100:${data}?${query}`);
if (opened.digest !== subset.digest) {
  throw new Error(
    `The subset of "cifar100:DIR?${query}" has the digest ${opened.digest}, not ${subset.digest}.`,
  );
}
const lists = { train: indicesOf(subset.train), validation: indicesOf(subset.validation) };
writeFileSync(out, JSON.stringify({ spec: `cifar100:DIR?${query}`, digest: subset.digest, ...lists }));
console.log(`${lists.train.length} training and ${lists.validation.length} validation images in ${out}`);
