import { isKdxError } from '@kdx/tensor';
import test from 'ava';
import { z } from 'zod';
import { definePlugin } from '../index.js';

const plugin = definePlugin({
  name: 'wave',
  version: '1.0.0',
  kdx: '^1.0.0',
  summary: 'a plugin with options',
  options: z.strictObject({
    type: z.enum(['hard', 'soft']).default('hard'),
    on: z.strictObject({ width: z.number().default(1) }).optional(),
  }),
  setup: () => {},
});

const refusal = (options: unknown): string => {
  try {
    plugin(options as Parameters<typeof plugin>[0]);
  } catch (error) {
    if (isKdxError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'taken';
};

test('an unknown option is named, with the one that was meant', (t) => {
  t.is(
    refusal({ tpye: 'soft' }),
    'KDX_PLUGIN_OPTIONS Plugin "wave" got options it does not take (there is no option "tpye". Did you mean "type"?); "kdx plugins wave" lists them.',
  );
  t.regex(refusal({ on: { widht: 2 } }), /no option "on\.widht"\. Did you mean "width"\?\)/);
  t.regex(refusal({ nothing: 1, alike: 2 }), /\(there is no option "nothing"; there is no option "alike"\)/);
});

test('a wrong value is named with its path', (t) => {
  t.regex(refusal({ on: { width: 'x' } }), /^KDX_PLUGIN_OPTIONS .*\(on\.width: .*expected number/);
  t.is(refusal({ type: 'soft', on: { width: 2 } }), 'taken');
});
