/**
 * Pairs (i, j) of layers, i shallower than j: all, or neighbours only (Tf-FD, Li 2022). By i, then by j.
 * @param layers how many there are
 */
export const layerPairs = (layers: number, which: 'all' | 'neighbours'): [i: number, j: number][] =>
  Array.from({ length: layers }, (_, i) =>
    Array.from({ length: layers - 1 - i }, (_, d): [number, number] => [i, i + 1 + d]).filter(
      ([, j]) => which === 'all' || j === i + 1,
    ),
  ).flat();
