import type { Initializer } from '@kdx/tensor';

/** Row and column in patches, from the patch that asks. */
export type Centre = readonly [rows: number, columns: number];

/**
 * Where heads first look, nearest first: (0, 0), (0, 1), (0, −1), (1, 0), (−1, 0), (1, 1), (−1, −1), (1, −1), (−1, 1),
 * (0, 2), … (spec of DearKD §2.3), each followed by its opposite. Any number of heads gets as many; nine get a 3×3 window.
 */
export function attentionCentres(heads: number): Centre[] {
  // A disc of this radius holds more than `heads` places.
  const radius = Math.ceil(Math.sqrt(heads));
  const halfPlane: Centre[] = [];
  for (let rows = 0; rows <= radius; rows += 1) {
    for (let columns = radius; columns >= -radius; columns -= 1) {
      if (rows > 0 || columns > 0) halfPlane.push([rows, columns]);
    }
  }
  // The sort is stable: on one circle the order is that of the loops.
  halfPlane.sort((a, b) => squared(a) - squared(b));
  const pairs = halfPlane.flatMap(([rows, columns]): Centre[] => [
    [rows, columns],
    [0 - rows, 0 - columns],
  ]);
  return [[0, 0] as Centre, ...pairs].slice(0, heads);
}

/**
 * Position weights `[H, 3]` of heads that look at {@link attentionCentres}: `v_h = −a·(1, −2·D1, −2·D2)` for centre D, so
 * that `v_h·(|δ|², δ1, δ2) = −a·|δ − D|² + a·|D|²` (Cordonnier et al. 2020).
 * @param strength a > 0; the larger, the narrower a head looks
 */
export const centredAttention =
  (strength = 1): Initializer =>
  ([heads]) =>
    Float32Array.from(
      attentionCentres(heads).flatMap(([rows, columns]) => [
        -strength,
        2 * strength * rows,
        2 * strength * columns,
      ]),
    );

const squared = ([rows, columns]: Centre): number => rows ** 2 + columns ** 2;
