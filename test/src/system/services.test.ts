import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { definePlugin, type Plugin, type RunEvent, type Token } from '@kdx/core';
import { distill } from '@kdx/run';
import test from 'ava';
import { z } from 'zod';
import { fixture } from '../support/cli.js';

// A plugin of someone else replaces every service of a run that a plugin may: test/fixtures/takes-over.mjs.

interface TakesOver {
  readonly default: (options?: { early?: boolean }) => Plugin;
  readonly GREETING: Token<string>;
  readonly seen: {
    readonly events: RunEvent[];
    readonly written: ReadonlyMap<string, { readonly validation?: { readonly bestEpoch: number } }>;
    readonly updates: number;
    readonly indices: number[];
    readonly scored: readonly (readonly [split: string, weights: string, student: string])[];
    readonly injected: Readonly<Record<string, unknown>>;
  };
}

const {
  default: takesOver,
  GREETING,
  seen,
} = (await import(pathToFileURL(fixture('takes-over.mjs')).href)) as TakesOver;

const small = {
  student: 'convnet?width=4',
  data: 'shapes?train=32&validation=8&test=8',
  backend: 'wasm',
  threads: 1,
  epochs: 2,
  batch: 8,
  logEvery: 1,
} as const;

test.serial(
  'a plugin replaces sampler, optimiser, rate, balance, evaluator, store and event sink',
  async (t) => {
    const out = mkdtempSync(join(tmpdir(), 'kdx-services-'));
    t.teardown(() => rmSync(out, { recursive: true, force: true }));
    const { dispose, summary } = await distill({ ...small, out, plugins: [takesOver()] });
    await dispose();

    const backwards = Array.from({ length: 32 }, (_, index) => 31 - index);
    t.deepEqual(seen.indices, [...backwards, ...backwards], 'sampler');
    t.is(seen.updates, 8, 'optimiser');
    const steps = seen.events.flatMap((event) => (event.type === 'step' ? [event] : []));
    t.is(steps.length, 8, 'event sink');
    t.deepEqual([...new Set(steps.map(({ learningRate }) => learningRate))], [0.001], 'learning rate');
    t.deepEqual(
      [...new Set(steps.flatMap(({ weights }) => Object.values(weights ?? {})))],
      [0.25],
      'loss balance',
    );
    t.deepEqual(
      seen.scored.map(([split, weights]) => `${split} ${weights}`),
      ['validation last', 'validation last', 'test last', 'test best'],
      'evaluator',
    );
    t.is(summary.validation?.bestEpoch, 1, 'by its scores the later epoch is the best');
    t.deepEqual([...seen.written.keys()], ['summary.json'], 'store');
    t.false(existsSync(join(out, 'events.jsonl')));
    t.false(existsSync(join(out, 'summary.json')));
    t.deepEqual(readdirSync(join(out, 'checkpoints')), []);
    t.deepEqual(seen.injected, {
      epochs: 2,
      clock: true,
      greeting: 'hello',
      ownDice: true,
      optimizer: 'signs',
    });
  },
);

test.serial('a service is refused where the run makes it later, or nothing provides it', async (t) => {
  await t.throwsAsync(distill({ ...small, out: false, plugins: [takesOver({ early: true })] }), {
    code: 'KDX_INJECT_EARLY',
    message: /^Plugin "takes-over" injects Evaluator in configure\(\), when the run has not made it yet/,
  });
  const asks = definePlugin({
    name: 'asks',
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: 'asks for what another plugin provides',
    options: z.strictObject({}),
    setup: (ctx) => ctx.hook('fitStart', () => void ctx.inject(GREETING)),
  });
  await t.throwsAsync(distill({ ...small, out: false, plugins: [asks()] }), {
    code: 'KDX_HOOK_FAILED',
    message: /"asks" injects takes-over:greeting, which no plugin of this run provides/,
  });
});
