import { join } from 'node:path';
import { type DataSource, type Model } from '@kdx/core';
import { count, number, percent, quoted } from '@kdx/core/text';
import { contactSheet, openPool, poolSource } from '@kdx/data';
import { writeJson, writeWhole } from '@kdx/tensor';
import Table from 'cli-table3';
import { type ImageQuality, measurePool, type PoolQuality } from '../quality/measure-pool.js';

export interface FinishPoolOptions {
  readonly directory: string;
  /** Of what is measured. */
  readonly threshold?: number;
  readonly inverted: Model;
  readonly verifier?: Model;
  readonly real?: DataSource;
}

export interface FinishedPool {
  readonly quality: PoolQuality;
  /** For a person: a table, and what to do next. */
  readonly text: string;
}

/** Measures a pool and writes `quality.json` and `contact-sheet.svg` into its folder. */
export async function finishPool(options: FinishPoolOptions): Promise<FinishedPool> {
  const { directory, threshold, real } = options;
  const pool = await openPool(directory);
  const source = await poolSource(pool, { threshold });
  const quality = await measurePool(source, options);
  const made = pool.description.classes;
  const shown = made.filter((target) => pool.entries.some((entry) => entry.target === target));
  const sheet = await contactSheet(pool, { classes: shown.slice(0, 20) });
  writeJson(join(directory, 'quality.json'), quality);
  writeWhole(join(directory, 'contact-sheet.svg'), sheet.svg);
  const selection = threshold === undefined ? '' : `?threshold=${threshold}`;
  const plugin = `df-dearkd:${JSON.stringify({ pool: `${directory}${selection}` })}`;
  const next = `kdx run --student … --teacher … --data ${real ? quoted(real.name) : '…'} --plugins ${quoted(plugin)}`;
  return {
    quality,
    text: [
      tableOf(quality, imagesPerClass(source.train.labels, made)),
      `${join(directory, 'contact-sheet.svg')} shows some of the ${count(pool.entries.length)} images; train on them by`,
      `  ${next}`,
    ].join('\n'),
  };
}

/** Images of the class that has the fewest and of that with the most, of the classes that images are made of. */
function imagesPerClass(labels: ArrayLike<number>, made: readonly number[]): { min: number; max: number } {
  const counts = new Map(made.map((target) => [target, 0]));
  for (let i = 0; i < labels.length; i++) counts.set(labels[i], (counts.get(labels[i]) ?? 0) + 1);
  return { min: Math.min(...counts.values()), max: Math.max(...counts.values()) };
}

function tableOf(quality: PoolQuality, made: { readonly min: number; readonly max: number }): string {
  const columns = [quality, ...(quality.real ? [quality.real] : [])];
  const table = new Table({
    head: ['', 'made', ...(quality.real ? ['real'] : [])],
    style: { head: [], border: [] },
  });
  const row = (name: string, value: (of: ImageQuality) => string | undefined): void => {
    const cells = columns.map((each) => value(each) ?? '');
    if (cells.some((cell) => cell !== '')) table.push([name, ...cells]);
  };
  const share = (value: number): string => percent(100 * value);
  row('images', ({ images }) => count(images));
  row('images per class', (of) => {
    const { min, max } = of === quality ? made : of.balance;
    return min === max ? count(min) : `${count(min)} to ${count(max)}`;
  });
  row('inverted network: top-1', ({ inverted }) => share(inverted.accuracy));
  row('inverted network: probability of the target', ({ inverted }) => share(inverted.target));
  row('inverted network: confidence in its choice', ({ inverted }) => share(inverted.confidence));
  row('verifier: top-1', ({ verifier }) => verifier && share(verifier.accuracy));
  row('verifier: probability of the target', ({ verifier }) => verifier && share(verifier.target));
  row('verifier: confidence in its choice', ({ verifier }) => verifier && share(verifier.confidence));
  row('distance of features within a class', ({ diversity: { within } }) => within?.toFixed(3));
  row('distance of features between classes', ({ diversity: { between } }) => between?.toFixed(3));
  row('batch-norm distance to the network', ({ batchNormDistance: value }) =>
    value === undefined ? undefined : number(value),
  );
  const toReal = quality.batchNormDistanceToReal;
  if (toReal !== undefined) table.push(['batch-norm distance to the real images', number(toReal), '']);
  return table.toString();
}
