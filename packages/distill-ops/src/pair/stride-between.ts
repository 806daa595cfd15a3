/** Rows and columns, at the head of a grid or of a shape `[H, W, C]`. */
type Size = readonly number[];

/**
 * Stride of a 3×3 convolution with padding 1 that turns maps of one stage into the size of a deeper one: ⌈H / h⌉.
 * @param from `[H, …]`
 * @param to `[h, …]`
 */
export const strideBetween = ([H]: Size, [h]: Size): number => Math.ceil(H / h);

/** Whether that stride leads exactly from `[H, W]` to `[h, w]`: ⌈H / s⌉ = h and ⌈W / s⌉ = w. */
export function strideFits([H, W]: Size, [h, w]: Size): boolean {
  const stride = strideBetween([H], [h]);
  return H >= h && Math.ceil(H / stride) === h && Math.ceil(W / stride) === w;
}
