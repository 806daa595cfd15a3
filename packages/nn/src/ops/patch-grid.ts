/** Patches of an image, rows first. */
export type PatchGrid = readonly [height: number, width: number];

/**
 * Where each patch of a grid lies from each other one, in patches: δ = pos_j − pos_i, row and column.
 * @returns `[3, P, P]` for P = height · width patches, row by row: |δ|², δ1, δ2
 */
export function relativePositions([height, width]: PatchGrid): Float32Array {
  const P = height * width;
  const table = new Float32Array(3 * P * P);
  for (let i = 0; i < P; i += 1) {
    for (let j = 0; j < P; j += 1) {
      const rows = Math.floor(j / width) - Math.floor(i / width);
      const columns = (j % width) - (i % width);
      const pair = i * P + j;
      table[pair] = rows ** 2 + columns ** 2;
      table[P * P + pair] = rows;
      table[2 * P * P + pair] = columns;
    }
  }
  return table;
}
