import { KdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { type Plugin } from '../index.js';
import { code, plugin, recorded, task, tinyRun } from '../train/tiny-run.test.helper.js';

await tf.setBackend('cpu');

const refusal = async (...plugins: Plugin[]): Promise<Error | undefined> => {
  try {
    await (await tinyRun({ plugins: [task(), ...plugins], hookTimeoutMs: 50 })).dispose();
  } catch (error) {
    return error as Error;
  }
};

const balancing = (name: string): Plugin => plugin(name, { setup: (ctx) => ctx.balance({ task: 0.5 }) });

test('the checks of a run come in one order, however the plugins are named', async (t) => {
  const faults: readonly [code: string, given: Plugin[]][] = [
    ['KDX_PLUGIN_SHAPE', [{} as Plugin]],
    ['KDX_PLUGIN_VERSION', [plugin('old', { kdx: '^9.0.0' })]],
    ['KDX_PLUGIN_CLASH', [plugin('wave', { version: '1.0.0' }), plugin('wave', { version: '2.0.0' })]],
    ['KDX_REQUIRES', [plugin('needy', { requires: ['plugin:none'] })]],
    ['KDX_SLOT_TWICE', [balancing('left'), balancing('right')]],
  ];
  for (const [at, [first, one]] of faults.entries()) {
    t.is(code(await refusal(...one)), first);
    for (const [, other] of faults.slice(at + 1)) {
      t.is(code(await refusal(...one, ...other)), first);
      t.is(code(await refusal(...other, ...one)), first);
    }
  }
});

test('a plugin that never finishes its set-up is named with the phase', async (t) => {
  for (const phase of ['configure', 'setup'] as const) {
    const error = await refusal(plugin('sleepy', { [phase]: () => new Promise<void>(() => {}) }));
    t.is(code(error), 'KDX_PLUGIN_HANGS');
    t.is(
      error?.message,
      `Plugin "sleepy" did not finish ${phase}() within 0.05 s; look for a promise that is never resolved, or give it longer with --set hookTimeout=SECONDS.`,
    );
  }
});

test('an error with a code that does not say whose it is gets the name of the plugin', async (t) => {
  const borrowing = plugin('borrower', {
    setup: () => {
      throw new KdxError('KDX_WEIGHTS_MISSING', 'There is no file x.');
    },
  });
  const error = await refusal(borrowing);
  t.is(code(error), 'KDX_WEIGHTS_MISSING');
  t.is(error?.message, 'Plugin "borrower" failed in setup(): There is no file x.');
});

test('a run warns of a slow hook in its event stream, and gives up on one that hangs when it was told to', async (t) => {
  const blocking = plugin('heavy', {
    setup: (ctx) =>
      ctx.hook('stepEnd', () => {
        const until = performance.now() + 400;
        while (performance.now() < until);
      }),
  });
  const run = await tinyRun({ plugins: [task(), blocking], settings: { epochs: 1 } });
  const events = recorded(run);
  await run.fit();
  await run.dispose();
  const warnings = events.filter(({ type }) => type === 'warning');
  t.is(warnings.length, 1);
  t.like(warnings[0], { code: 'KDX_HOOK_SLOW', step: 3 });
  t.regex(
    (warnings[0] as { message: string }).message,
    /^Hook "stepEnd" of plugin "heavy" took [\d.]+ s of the [\d.]+ s of epoch 0 \(\d+ %, in 3 calls\)/,
  );

  const hanging = plugin('sleepy', { setup: (ctx) => ctx.hook('epochStart', () => new Promise(() => {})) });
  const hung = await tinyRun({ plugins: [task(), hanging], hookTimeoutMs: 50 });
  await t.throwsAsync(hung.fit(), {
    code: 'KDX_HOOK_HANGS',
    message: /"sleepy" did not settle within 0\.05 s/,
  });
  await hung.dispose();
});
