import { type DataSource, definePlugin } from '@kdx/core';
import { resolveData } from '@kdx/data';
import { dearkd } from '@kdx/plugin-dearkd';
import { type KdxError } from '@kdx/tensor';
import { z } from 'zod';
import { commands } from './commands.js';
import { kdxError } from './errors.js';
import { trainOnPool } from './train-on-pool.js';

const options = z.strictObject({
  pool: z
    .string()
    .optional()
    .describe(
      'folder of images that kdx synth made, with options as of --data pool:DIR, e.g. "pools/a?threshold=0.1"; needed',
    ),
  dearkd: z
    .boolean()
    .default(true)
    .describe('train by DearKD; false brings the images only, for whatever methods are named beside it'),
});

/**
 * DF-DearKD (Chen et al., CVPR 2022, and its supplement): DearKD without real images. It trains on a pool that `synthesize`,
 * or `kdx synth`, made from a network alone; the run's own data set is only evaluated on.
 */
export const dfDearkd = definePlugin({
  name: 'df-dearkd',
  version: '0.1.0',
  kdx: '^1.0.0',
  summary: 'DF-DearKD: DearKD on images made from a network alone',
  options,
  commands,
  requires: (given) => (given.dearkd ? ['teacher'] : []),
  brings(given, { student }) {
    if (!given.dearkd) return [];
    if (student && !student.supports.includes('distillation-token')) throw noTransformer(student.name);
    return [dearkd()];
  },
  configure(ctx, { pool }) {
    if (pool === undefined) throw poolMissing();
    ctx.hook(
      'data',
      async (real): Promise<DataSource> =>
        trainOnPool(real, await resolveData(`pool:${pool.replace(/^pool:/, '')}`)),
    );
  },
  setup() {},
});

const noTransformer = (student: string): KdxError =>
  kdxError(
    'KDX_ADAPT_UNSUPPORTED',
    `"${student}" is no ViT, which DearKD distils; let it learn from the images by another method with --plugins 'kd,df-dearkd:{"pool":"…","dearkd":false}', or choose a ViT such as "deit_tiny_patch16_224".`,
  );

const poolMissing = (): KdxError =>
  kdxError(
    'KDX_POOL_MISSING',
    `Plugin "df-dearkd" needs images: make them with kdx synth --invert MODEL@WEIGHTS --out pools/mine, then say --plugins 'df-dearkd:{"pool":"pools/mine"}'.`,
  );
