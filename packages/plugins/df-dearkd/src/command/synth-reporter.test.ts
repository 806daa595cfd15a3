import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { KdxError } from '@kdx/tensor';
import test from 'ava';
import type { SynthesisEvent } from '../index.js';
import { synthReporter } from './synth-reporter.js';

type Of<T extends SynthesisEvent['type']> = Extract<SynthesisEvent, { type: T }>;

const start = (over: Partial<Of<'start'>> = {}): SynthesisEvent => ({
  type: 'start',
  batches: 0,
  images: 0,
  damaged: new Map(),
  imagesPerBatch: 4,
  ...over,
});
const batch = (number: number, images: number, over: Partial<Of<'batch'>> = {}): SynthesisEvent => ({
  type: 'batch',
  batch: number,
  added: 4,
  images,
  duplicates: 0,
  seconds: 61,
  inverted: 1,
  ...over,
});
const step = (number: number, done: number): SynthesisEvent => ({
  type: 'step',
  batch: number,
  images: 4 * number,
  step: done,
  steps: 2000,
  loss: 42.23678,
  parts: { ce: 2.30001, batchNorm: 0.0000123 },
});

function reporterOn(images: number, terminal: boolean) {
  const stream = Object.assign(new PassThrough(), terminal ? { isTTY: true, columns: 300, rows: 50 } : {});
  return {
    report: synthReporter({
      images,
      head: ['pool      a'],
      stream: stream as unknown as NodeJS.WriteStream,
    }),
    text: () => stripVTControlCharacters((stream.read() as Buffer | null)?.toString() ?? ''),
  };
}

/** The lines that stay, without colours, of a synthesis told without a terminal. */
function linesOf(images: number, ...events: SynthesisEvent[]): string[] {
  const { report, text } = reporterOn(images, false);
  for (const event of events) report(event);
  const [head, ...lines] = text().split('\n').filter(Boolean);
  return head === undefined || head === 'pool      a' ? lines : ['no head', head, ...lines];
}

test('a line for each batch, with its number of as many as it will take', (t) => {
  t.deepEqual(linesOf(10, start(), batch(0, 4, { inverted: 0.96875 }), batch(1, 8), batch(2, 12)), [
    'batch 1/3  4 images  top-1: inverted network 96.9 %  1:01',
    'batch 2/3  4 images  top-1: inverted network 100.0 %  1:01',
    'batch 3/3  4 images  top-1: inverted network 100.0 %  1:01',
  ]);
});

test('the verifier has its place in the line', (t) => {
  t.deepEqual(linesOf(4, start(), batch(0, 4, { verified: 0.23456 })), [
    'batch 1/1  4 images  top-1: inverted network 100.0 %, verifier 23.5 %  1:01',
  ]);
});

test('images that are there twice, or do not pass, make more batches', (t) => {
  t.deepEqual(linesOf(8, start(), batch(0, 3, { added: 3, duplicates: 1 })), [
    'batch 1/3  3 images, 1 there already  top-1: inverted network 100.0 %  1:01',
  ]);
  t.deepEqual(linesOf(8, start(), batch(0, 0), batch(1, 1), batch(2, 6, { added: 5 }), batch(3, 8)), [
    'batch 1  4 images, 0 pass the threshold  top-1: inverted network 100.0 %  1:01',
    'batch 2/16  4 images, 1 passes the threshold  top-1: inverted network 100.0 %  1:01',
    'batch 3/4  5 images  top-1: inverted network 100.0 %  1:01',
    'batch 4/4  4 images, 2 pass the threshold  top-1: inverted network 100.0 %  1:01',
  ]);
});

test('a pool that goes on counts what it has', (t) => {
  const damaged = new Map([
    [1, new KdxError('KDX_POOL_BROKEN', 'An image is not whole; run the same kdx synth command again.')],
  ]);
  t.deepEqual(
    linesOf(
      16,
      { type: 'verified', batch: 0 },
      { type: 'verified', batch: 2 },
      start({ batches: 2, images: 8, damaged }),
      { type: 'resumed', batch: 1, step: 1300 },
      batch(1, 12),
      { type: 'anew', batch: 3, error: new KdxError('KDX_CHECKPOINT', 'It is damaged; restore it.') },
      batch(3, 16),
    ),
    [
      '2 batches scored by the verifier',
      'KDX_POOL_BROKEN batch 2 is made again: An image is not whole.',
      '8 images there already',
      'batch 2 goes on after iteration 1,300',
      'batch 2/4  4 images  top-1: inverted network 100.0 %  1:01',
      'KDX_CHECKPOINT batch 4 begins anew: It is damaged.',
      'batch 4/4  4 images  top-1: inverted network 100.0 %  1:01',
    ],
  );
});

test('without a terminal there is no live line', (t) => {
  t.deepEqual(linesOf(4, start(), step(0, 10), step(0, 20)), []);
});

test('on a terminal the line says where it is and, from the second time on, for how long', async (t) => {
  const { report, text } = reporterOn(8, true);
  report(start());
  report(step(0, 10));
  const parts = 'loss 42.24 (ce 2.3, batchNorm 1.23e-5)';
  t.is(text().trimEnd(), `batch 1/2  iteration 10/2,000  ${parts}`);
  const begun = performance.now();
  await setTimeout(200);
  report(step(0, 20));
  const seconds = (performance.now() - begun) / 1000;
  const [, minutes, rest] = /iteration 20\/2,000 .* {2}ETA (\d+):(\d\d)/.exec(text()) ?? [];
  // 3,980 iterations are left, at 10 in these seconds.
  const left = 60 * Number(minutes) + Number(rest);
  t.true(left >= 78 && left <= 398 * seconds + 10, `${left} seconds`);
});
