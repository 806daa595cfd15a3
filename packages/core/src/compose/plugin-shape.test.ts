import { inspect } from 'node:util';
import test from 'ava';
import { z } from 'zod';
import { definePlugin, type Plugin, type PluginDefinition } from '../index.js';
import { resolvePlugins } from '../run.js';
import { code, plugin } from '../train/tiny-run.test.helper.js';

const whole: PluginDefinition = {
  name: 'wave',
  version: '1.0.0',
  kdx: '^1.0.0',
  summary: 'a test',
  options: z.strictObject({}),
  setup: () => {},
};

const faults: readonly [key: string, value: unknown, said: RegExp][] = [
  [
    'name',
    undefined,
    /^The plugin "\(no name\)" has no name; definePlugin\(\) needs name, version, kdx and options\.$/,
  ],
  ['name', '@me/wave', /^The plugin "@me\/wave" has a name that is not of letters/],
  ['version', 1, /^The plugin "wave" has a version that is no text\.$/],
  ['kdx', undefined, /has no kdx/],
  ['options', {}, /has options that are no schema of Zod 4; write options: z\.strictObject/],
  ['options', { safeParse: () => {} }, /has options that are no schema of Zod 4/],
  ['setup', 'later', /has a setup that is no function/],
  ['configure', {}, /has a configure that is no function/],
  ['brings', [], /has a brings that is no function/],
  ['requires', 'teacher', /has requires that is no list of capabilities/],
  ['offers', [1], /has offers that is no list of capabilities/],
  ['commands', {}, /has commands that are not a list/],
  ['commands', [null], /has a command whose name is not one word in lower case/],
  ['commands', [{ name: 'Two words', summary: '', load: () => {} }], /whose name is not one word/],
  ['commands', [{ name: 'synth', summary: 'x' }], /has a command "synth" without a summary or load\(\)/],
];

for (const [key, value, said] of faults) {
  test(`a plugin whose ${key} is ${inspect(value)} is refused, made here or elsewhere`, (t) => {
    const definition = { ...whole, [key]: value } as PluginDefinition;
    for (const make of [
      () => definePlugin(definition),
      () => resolvePlugins([{ definition, options: {}, hasOwnOptions: false }]),
    ]) {
      const error = t.throws(make);
      t.is(code(error), 'KDX_PLUGIN_SHAPE');
      t.regex(error.message, said);
    }
  });
}

test('what another copy of this package made is a plugin, and runs nothing before its version is checked', (t) => {
  const foreign = (kdx: string): Plugin => ({
    definition: {
      ...whole,
      kdx,
      brings: () => {
        throw new Error('too early');
      },
    },
    options: {},
    hasOwnOptions: false,
  });
  t.is(code(t.throws(() => resolvePlugins([foreign('^2.0.0')]))), 'KDX_PLUGIN_VERSION');
  t.regex(t.throws(() => resolvePlugins([foreign('^1.0.0')])).message, /too early/);
  t.deepEqual(
    resolvePlugins([{ definition: whole, options: {}, hasOwnOptions: false }, plugin('tide')]).ordered.map(
      ({ definition }) => definition.name,
    ),
    ['tide', 'wave'],
  );
});
