import type { Handle } from '../libtorch/bridge.js';
import type { KernelScope } from '../runtime/kernel.js';

/**
 * Matrix products with a weight, the bulk of a transformer's step. On x86 a product is computed as a 1×1 convolution by
 * oneDNN, whose kernels use all of the processor's vector instructions where the BLAS that libtorch comes with does not:
 * 2.0x of OpenBLAS 0.3.21 and 2.2x of MKL on an AMD EPYC with AVX-512, one thread.
 */
const CONVOLUTION = 'mkldnn_convolution';

/** Below so many multiplications a convolution costs more to set up than it saves. */
const WORTH = 2 ** 23;

/** Images of a batch from which on libtorch gives a filter's gradient to oneDNN, and pixels that keep it busy. */
const IMAGES = 16;
const PIXELS = 8;

interface Sizes {
  readonly rows: number;
  readonly from: number;
  readonly to: number;
}

const isWorth = (scope: KernelScope, { rows, from, to }: Sizes): boolean =>
  scope.backend.hasFastConvolution && rows * from * to >= WORTH && Math.min(rows, from, to) >= 16;

function sizesOf(scope: KernelScope, rows: Handle, to: number): Sizes {
  const [count, from] = scope.backend.shape(rows) as [number, number];
  return { rows: count, from, to };
}

/** `[rows, C]` as the pixels of `images` images of height 1, `[images, C, 1, rows/images]`: a view. */
const asPixels = (scope: KernelScope, rows: Handle, images: number): Handle => {
  const [count, channels] = scope.backend.shape(rows) as [number, number];
  return scope.call(
    'permute',
    scope.call('reshape', rows, [images, 1, count / images, channels]),
    [0, 3, 1, 2],
  );
};

/**
 * `rows·weight + bias`.
 * @param rows `[M, K]`
 * @param weight `[K, N]`
 * @param bias `[N]`
 * @returns `[M, N]`
 */
export function product(scope: KernelScope, rows: Handle, weight: Handle, bias?: Handle): Handle {
  const to = scope.backend.shape(weight)[1] as number;
  const sizes = sizesOf(scope, rows, to);
  if (!isWorth(scope, sizes)) {
    return bias ? scope.call('addmm', bias, rows, weight) : scope.call('mm', rows, weight);
  }
  const filter = scope.call('reshape', scope.call('t', weight), [to, sizes.from, 1, 1]);
  const y = scope.call(CONVOLUTION, asPixels(scope, rows, 1), filter, bias, [0, 0], [1, 1], [1, 1], 1);
  return scope.call('reshape', scope.call('permute', y, [0, 2, 3, 1]), [sizes.rows, to]);
}

/**
 * `rowsᵀ·dy`, the gradient of {@link product}'s weight.
 * @param rows `[M, K]`
 * @param dy `[M, N]`
 * @returns `[K, N]`
 */
export function productGradWeight(scope: KernelScope, rows: Handle, dy: Handle): Handle {
  const to = scope.backend.shape(dy)[1] as number;
  const sizes = sizesOf(scope, rows, to);
  const images = imagesOf(sizes.rows);
  // In bf16 libtorch's own product is oneDNN's already.
  if (images === undefined || scope.backend.bf16 || !isWorth(scope, sizes)) {
    // In the order of axes that the weight is kept in.
    return scope.call('t', scope.call('mm', scope.call('t', dy), rows));
  }
  const like = scope.call('new_empty', dy, [to, sizes.from, 1, 1]);
  const [, dfilter] = scope.callMany(
    'convolution_backward',
    asPixels(scope, dy, images),
    asPixels(scope, rows, images),
    like,
    null,
    [1, 1],
    [0, 0],
    [1, 1],
    false,
    [0, 0],
    1,
    [false, true, false],
  ) as [Handle, Handle];
  return scope.call('t', scope.call('reshape', dfilter, [to, sizes.from]));
}

/** Into how many images a number of pixels can be cut that libtorch gives to oneDNN. */
function imagesOf(pixels: number): number | undefined {
  for (let images = IMAGES; images * PIXELS <= pixels; images++) if (pixels % images === 0) return images;
  return undefined;
}
