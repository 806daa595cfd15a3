import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type Headline, type HeadScores, type RunEvent, RunStore, type RunSummary } from '../index.js';
import { type RunSettingsInput } from '../settings/settings.js';
import { betterOf } from './progress.js';
import { begin, killing } from './resume.test.helper.js';
import { begunFolder, code, recorded, tinyData, tinyRun } from './tiny-run.test.helper.js';

await tf.setBackend('cpu');

const heads = (score: number): HeadScores => ({ fused: { images: 10, score } });
const highest: Headline = { name: 'score', better: 'higher' };

test('whose score stands for an epoch is what the setting says; of equal ones the student', (t) => {
  const [low, high] = [heads(40), heads(60)];
  t.deepEqual(betterOf('student', low, high, highest), { heads: low });
  t.deepEqual(betterOf('ema', high, low, highest), { heads: low, weights: 'ema' });
  t.deepEqual(betterOf('either', low, high, highest), { heads: high, weights: 'ema' });
  t.deepEqual(betterOf('either', high, low, highest), { heads: high });
  t.deepEqual(betterOf('either', low, heads(40), highest), { heads: low });
  t.deepEqual(betterOf('either', low, undefined, highest), { heads: low });
  const lowest: Headline = { name: 'score', better: 'lower' };
  t.deepEqual(betterOf('either', high, low, lowest), { heads: low, weights: 'ema' });
  t.deepEqual(betterOf('either', low, high, lowest), { heads: low });
});

/** Validation scores by weights, in order. */
const scoresOf = (events: readonly RunEvent[], of: string): number[] =>
  events.flatMap((event) =>
    event.type === 'evaluation' && event.split === 'validation' && event.weights === of
      ? [event.heads.fused.top1]
      : [],
  );

interface Trained {
  readonly summary: RunSummary;
  readonly events: readonly RunEvent[];
  readonly best: Buffer;
}

/** Trains to the end; killed in each of the epochs and resumed. */
async function trained(settings: RunSettingsInput, kills: readonly number[] = []): Promise<Trained> {
  const directory = begunFolder();
  const more = { settings: { epochs: 4, batch: 2, lr: 0.05, ema: 0.8, ...settings } };
  for (const epoch of kills) {
    const killed = await begin(
      RunStore.open(directory),
      more,
      killing((clock) => clock.epoch === epoch && clock.stepInEpoch === 1),
    );
    await killed.fit().catch(() => {});
    await killed.dispose();
  }
  const run = await begin(RunStore.open(directory), more);
  const summary = await run.fit();
  await run.dispose();
  return {
    summary,
    events: [...RunStore.open(directory).events.all()],
    best: readFileSync(`${directory}/student.best.safetensors`),
  };
}

test('best of the average: its epoch, its weights, its test score, remembered across kills', async (t) => {
  const whole = await trained({ best: 'ema' });
  const { validation, test: tested } = whole.summary;
  const averaged = scoresOf(whole.events, 'ema');
  t.is(averaged.length, 4);
  t.is(validation?.best.fused.top1, Math.max(...averaged));
  t.is(validation?.bestEpoch, averaged.indexOf(Math.max(...averaged)));
  t.is(validation?.bestWeights, 'ema');
  t.is(validation?.ema?.fused.top1, averaged.at(-1));
  t.truthy(tested?.best);
  const saved = whole.events.filter((event) => event.type === 'checkpoint' && event.name === 'best');
  t.true(saved.length > 0 && saved.every((event) => 'weights' in event && event.weights === 'ema'));
  for (const kills of [[1], [2], [3], [1, 2, 3]]) {
    const parts = await trained({ best: 'ema' }, kills);
    t.true(parts.best.equals(whole.best), `killed in ${kills}`);
    t.deepEqual(parts.summary.validation, validation, `killed in ${kills}`);
    t.deepEqual(parts.summary.test, tested, `killed in ${kills}`);
  }
});

test('the best average is the average of its epoch, with a folder and without', async (t) => {
  // With one validation, after the last epoch, the best average is the last.
  const directory = begunFolder();
  const more = {
    settings: { epochs: 2, batch: 4, lr: 0.05, ema: 0.8, best: 'ema', evaluateEvery: 2 } as const,
  };
  const run = await begin(RunStore.open(directory), more);
  const { test: tested } = await run.fit();
  await run.dispose();
  const [best, ema, last] = ['student.best', 'student.ema', 'student'].map((name) =>
    readFileSync(`${directory}/${name}.safetensors`),
  );
  t.true(best.equals(ema));
  t.false(best.equals(last));
  t.deepEqual(tested?.best, tested?.ema);
  const inMemory = await tinyRun({ settings: { ...more.settings, emaWarmup: false } });
  const summary = await inMemory.fit();
  t.deepEqual(summary.test?.best, summary.test?.ema);
  await inMemory.dispose();
});

test('best of the student is as ever, and its average is told beside it', async (t) => {
  const { summary, events } = await trained({});
  const own = scoresOf(events, 'last');
  t.is(summary.validation?.best.fused.top1, Math.max(...own));
  t.false('bestWeights' in (summary.validation ?? {}));
  t.is(summary.validation?.ema?.fused.top1, scoresOf(events, 'ema').at(-1));
  const without = await tinyRun();
  const plain = await without.fit();
  t.deepEqual(Object.keys(plain.validation ?? {}), ['last', 'best', 'bestEpoch']);
  await without.dispose();
});

test('an average that is not kept, or images that are not there, choose nothing', async (t) => {
  const error = await t.throwsAsync(tinyRun({ settings: { best: 'ema' } }), {
    message: /best=ema .* --set ema=0\.999/,
  });
  t.is(code(error), 'KDX_BEST_AVERAGE');
  const run = await tinyRun({ data: tinyData({ validation: 0 }), settings: { best: 'ema', ema: 0.9 } });
  const events = recorded(run);
  const { validation, files } = await run.fit();
  t.is(validation, undefined);
  t.deepEqual(files, {});
  t.false(events.some((event) => event.type === 'checkpoint'));
  await run.dispose();
});
