/**
 * Data of one's own for the command line: a plugin that opens it by name. Claim: with this file as `--plugins`, `kdx run`, `kdx check`,
 * `kdx eval` and `kdx data inspect` take `--data halves` as they take `cifar100:DIR`.
 *
 *   npx kdx data inspect halves --plugins ./examples/dist/own-data-plugin.js
 */
import { definePlugin } from '@kdx/core';
import { z } from 'zod';
import { halves } from './own-data.js';

export default definePlugin({
  name: 'halves',
  version: '1.0.0',
  kdx: '^1.0.0',
  summary: 'images of which one half is darker than the other',
  options: z.strictObject({}),
  configure(ctx) {
    // A name that is not ours: kdx asks the next plugin, and at last its own data sets.
    ctx.hook('resolveData', (spec) => (spec === 'halves' ? halves : undefined));
  },
});
