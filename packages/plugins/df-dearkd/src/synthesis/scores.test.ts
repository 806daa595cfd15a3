import type { Model } from '@kdx/core';
import { openPool, type PoolEntry, type Score } from '@kdx/data';
import { model } from '@kdx/models';
import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { identity, temporaryFolder, tinyNetwork, tinySettings } from '../tiny-pool.test.helper.js';
import type { NamedNetwork, SynthesisEvent } from './request.js';
import { synthesize } from './synthesize.js';

let inverted: Model;
let first: NamedNetwork;
/** It normalises in a way of its own. */
let second: NamedNetwork;

test.before(async () => {
  await tf.setBackend('cpu');
  inverted = await tinyNetwork();
  first = { model: await tinyNetwork(4), identity: identity('b') };
  const size = { classes: 5, imageSize: [8, 8, 3] } as const;
  const other = await model('cifar_resnet8').build({
    ...size,
    seed: 5,
    mean: [0.4, 0.5, 0.6],
    std: [0.2, 0.3, 0.4],
  });
  second = { model: other, identity: identity('c') };
});

/** Eight images of noise in two batches. */
async function fill(directory: string, verifier: NamedNetwork | undefined): Promise<SynthesisEvent[]> {
  const events: SynthesisEvent[] = [];
  await synthesize({
    inverted: { model: inverted, identity: identity('a') },
    verifier,
    directory,
    images: 8,
    settings: tinySettings({ phases: [] }),
    onEvent: (event) => events.push(event),
  });
  return events;
}

/** The softmax of one image, by a forward of its own. */
function scoreOf(network: Model, pixels: Uint8Array, target: number): Score {
  const { mean, std } = network.spec;
  const values = Float32Array.from(pixels, (byte, i) => (byte / 255 - mean[i % 3]) / std[i % 3]);
  const says = tf.tidy(() =>
    tf.softmax(network.forward(tf.tensor4d(values, [1, 8, 8, 3]), { training: false }).logits).dataSync(),
  );
  const confidence = Math.max(...says);
  return { target: says[target], top1: says.indexOf(confidence), confidence };
}

/** Every image of a pool has the scores of this network, and others of any other one. */
async function hasScoresOf(
  t: ExecutionContext,
  directory: string,
  scored: (entry: PoolEntry) => Score | undefined,
  { by, notBy }: { by: Model; notBy: readonly Model[] },
): Promise<void> {
  const pool = await openPool(directory);
  t.is(pool.entries.length, 8);
  for (const entry of pool.entries) {
    const [found, pixels] = [scored(entry), await pool.read(entry)];
    const expected = scoreOf(by, pixels, entry.target);
    if (!found) return t.fail(`${entry.file} has no score`);
    const place = `${entry.file}: ${JSON.stringify([found, expected])}`;
    t.is(found.top1, expected.top1, place);
    t.true(Math.abs(found.target - expected.target) < 1e-5, place);
    t.true(Math.abs(found.confidence - expected.confidence) < 1e-5, place);
    for (const other of notBy) {
      t.true(Math.abs(found.target - scoreOf(other, pixels, entry.target).target) > 1e-4, place);
    }
  }
}

test.serial('images have the scores of both networks, each its own', async (t) => {
  const directory = await temporaryFolder(t);
  await fill(directory, second);
  const of = { made: { by: inverted, notBy: [second.model] }, seen: { by: second.model, notBy: [inverted] } };
  await hasScoresOf(t, directory, (entry) => entry.inverted, of.made);
  await hasScoresOf(t, directory, (entry) => entry.verified, of.seen);
});

test.serial('another verifier scores every image anew, each under its own target, and once', async (t) => {
  const directory = await temporaryFolder(t);
  await fill(directory, undefined);
  const networks = [inverted, first.model, second.model];
  for (const verifier of [first, second]) {
    const told = (events: SynthesisEvent[]) => events.filter(({ type }) => type === 'verified').length;
    t.is(told(await fill(directory, verifier)), 2);
    const notBy = networks.filter((network) => network !== verifier.model);
    await hasScoresOf(t, directory, (entry) => entry.verified, { by: verifier.model, notBy });
    t.deepEqual((await openPool(directory)).verifiers, [verifier.identity]);
    t.is(told(await fill(directory, verifier)), 0);
  }
  await hasScoresOf(t, directory, (entry) => entry.inverted, { by: inverted, notBy: networks.slice(1) });
});
