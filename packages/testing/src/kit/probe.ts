import { definePlugin, type Plugin, type PluginContext } from '@kdx/core';
import { z } from 'zod';

/** A plugin of a check, called after all others: it watches a run or disturbs it. */
export const probe = (setup: (ctx: PluginContext) => void): Plugin =>
  definePlugin({
    name: 'zz-conformance',
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: 'watches',
    options: z.strictObject({}),
    setup,
  })();
