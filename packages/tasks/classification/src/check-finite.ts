import { kdxError } from './errors.js';

/** @throws KdxError `KDX_NON_FINITE` naming the head, if a logit is NaN or infinite. */
export function checkFinite(logits: Float32Array, head: string, classes: number): void {
  for (let i = 0; i < logits.length; i += 1) {
    if (Number.isFinite(logits[i])) continue;
    throw kdxError(
      'KDX_NON_FINITE',
      `Head "${head}" gives ${logits[i]} for class ${i % classes}; the weights have diverged, so lower --lr or set clip.`,
    );
  }
}
