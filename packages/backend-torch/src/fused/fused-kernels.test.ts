import { hasKernel, KDX_KERNELS } from '@kdx/tensor';
import { torchTest } from '../testing/torch-test.js';

torchTest('every fused kernel of nn and core is here', (t) => {
  const ofCore = ['KdxSgdUpdate', 'KdxAdamUpdate', 'KdxEmaUpdate', 'KdxClipGradients', 'KdxReluGrad'];
  for (const name of [...KDX_KERNELS, ...ofCore]) t.true(hasKernel(name), name);
});
