import type { HelperModule, Ref } from '@kdx/core';
import { gridTokens, resizeMaps, tokensToMaps } from '@kdx/distill-ops';
import { BatchNorm2d, Conv2d, chain, gelu, helperModule, LayerNorm } from '@kdx/nn';
import type * as tf from '@tensorflow/tfjs';

/**
 * Turns a ViT block's tokens `[B, T, D]` into maps of a teacher's stage, `[B, H, W, C]` (spec §2.4, our reconstruction): the
 * patches, which are the last h·w tokens, LayerNorm, row by row onto their grid, bilinear resizing (mean pooling where the
 * stage is smaller), depthwise 3×3, batch norm, GELU, 1×1.
 * @param tokens the block's output, by the name that `ctx.feature` gives
 * @param grid of the patches, `[h, w]`
 * @param stage shape of the stage, `[H, W, C]`
 * @param activeUntil epoch at which it leaves the optimiser
 */
export const aligner = (
  tokens: Ref,
  grid: readonly [number, number],
  [H, W, C]: readonly number[],
  activeUntil: number,
): HelperModule =>
  helperModule(
    [tokens],
    (scope, [[, D]]) => {
      const norm = new LayerNorm(scope.child('norm'), D);
      const depthwise = new Conv2d(scope.child('depthwise'), D, D, 3, { groups: D, padding: 1, bias: false });
      const batchNorm = new BatchNorm2d(scope.child('bn'), D);
      const pointwise = new Conv2d(scope.child('pointwise'), D, C, 1);
      const onGrid = (y: tf.Tensor): tf.Tensor => tokensToMaps(y as tf.Tensor3D, grid);
      const fit = (maps: tf.Tensor): tf.Tensor => resizeMaps(maps as tf.Tensor4D, [H, W]);
      return ([x], call) => {
        const patches = gridTokens(x as tf.Tensor3D, grid); // [B, h·w, D]
        return chain([norm, onGrid, fit, depthwise, batchNorm, gelu, pointwise], patches, call);
      };
    },
    { activeUntil },
  );
