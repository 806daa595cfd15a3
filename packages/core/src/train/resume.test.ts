import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { RunStore, type RunSummary } from '../index.js';
import { begin, killing, storyOf } from './resume.test.helper.js';
import { begunFolder, code, weightsOf } from './tiny-run.test.helper.js';

await tf.setBackend('cpu');

interface Outcome {
  readonly weights: unknown;
  readonly ema: number[];
  readonly events: unknown[];
  readonly summary: RunSummary;
}

/** Trains to the end, stopped after each of `stops` steps and gone on with in a new run. */
async function trained(stops: readonly number[]): Promise<Outcome> {
  const directory = begunFolder();
  for (const stop of [...stops, undefined]) {
    const interrupt = new AbortController();
    const run = await begin(RunStore.open(directory), {}, (ctx) =>
      ctx.hook('stepEnd', ({ step }) => {
        if (step + 1 === stop) interrupt.abort();
      }),
    );
    const fit = run.fit({ signal: interrupt.signal });
    if (stop === undefined) {
      const summary = await fit;
      const bytes = readFileSync(`${directory}/student.ema.safetensors`);
      const outcome = {
        weights: weightsOf(run.composition),
        ema: [...bytes],
        events: storyOf(directory),
        summary,
      };
      await run.dispose();
      return outcome;
    }
    const error = await fit.then(
      () => undefined,
      (reason: Error) => reason,
    );
    await run.dispose();
    if (code(error) !== 'KDX_INTERRUPTED') throw error ?? new Error(`not stopped at ${stop}`);
  }
  throw new Error('unreachable');
}

test('a run interrupted anywhere and gone on with equals the uninterrupted run, bit for bit', async (t) => {
  const whole = await trained([]);
  for (const stops of [[1], [2], [3], [5], [7], [8], [1, 2, 4, 6]]) {
    const parts = await trained(stops);
    t.deepEqual(parts.weights, whole.weights, `weights, stopped at ${stops}`);
    t.deepEqual(parts.ema, whole.ema, `average, stopped at ${stops}`);
    t.deepEqual(parts.events, whole.events, `losses and scores, stopped at ${stops}`);
    const { files: _, seconds: __, ...told } = parts.summary;
    const { files: ___, seconds: ____, ...expected } = whole.summary;
    t.deepEqual(told, expected);
  }
});

test('a killed run goes on from its last checkpoint, and what it wrote later did not happen', async (t) => {
  const whole = await trained([]);
  const directory = begunFolder();
  const killed = await begin(
    RunStore.open(directory),
    {},
    killing(({ step }) => step === 5),
  );
  await t.throwsAsync(killed.fit(), { message: /power cut/ });
  t.is(
    storyOf(directory).filter((event) => (event as { step: number }).step > 3).length,
    1,
    'step 4 was logged',
  );
  const run = await begin(RunStore.open(directory));
  const resumedAt: number[] = [];
  run.events.on('event', (event) => event.type === 'run-start' && resumedAt.push(event.resumedAt));
  await run.fit();
  t.deepEqual(resumedAt, [3]);
  t.deepEqual(weightsOf(run.composition), whole.weights);
  t.deepEqual(storyOf(directory), whole.events, 'no step twice');
  await run.dispose();
});

test('a killed run with saveEvery loses no more than that many steps', async (t) => {
  const directory = begunFolder();
  const settings = { epochs: 1, batch: 1, saveEvery: 4 };
  const killed = await begin(
    RunStore.open(directory),
    { settings },
    killing(({ step }) => step === 9),
  );
  await t.throwsAsync(killed.fit());
  const run = await begin(RunStore.open(directory), { settings });
  const resumedAt: number[] = [];
  run.events.on('event', (event) => event.type === 'run-start' && resumedAt.push(event.resumedAt));
  await run.fit();
  t.deepEqual(resumedAt, [8]);
  await run.dispose();
});

test('killed before its first validation, a run with an average ends in the same checkpoint', async (t) => {
  const settings = { epochs: 1, batch: 1, saveEvery: 4, ema: 0.9 };
  const [whole, directory] = [begunFolder(), begunFolder()];
  const unbroken = await begin(RunStore.open(whole), { settings });
  await unbroken.fit();
  await unbroken.dispose();
  const killed = await begin(
    RunStore.open(directory),
    { settings },
    killing(({ step }) => step === 9),
  );
  await t.throwsAsync(killed.fit());
  const run = await begin(RunStore.open(directory), { settings });
  await run.fit();
  await run.dispose();
  const bytes = (folder: string): Buffer => readFileSync(RunStore.open(folder).checkpoint('last'));
  t.true(bytes(directory).equals(bytes(whole)));
});

test('best is remembered across a kill', async (t) => {
  const directory = begunFolder();
  const first = await begin(
    RunStore.open(directory),
    {},
    killing(({ epoch }) => epoch === 2),
  );
  await t.throwsAsync(first.fit());
  const run = await begin(RunStore.open(directory));
  const { validation } = await run.fit();
  const whole = (await trained([])).summary.validation;
  t.deepEqual(validation, whole);
  await run.dispose();
});

test('a finished run gone on with trains nothing more and says the same', async (t) => {
  const directory = begunFolder();
  const first = await begin(RunStore.open(directory));
  const summary = await first.fit();
  await first.dispose();
  const again = await begin(RunStore.open(directory));
  const repeated = await again.fit();
  t.deepEqual({ ...repeated, seconds: 0 }, { ...summary, seconds: 0 });
  await again.dispose();
});
