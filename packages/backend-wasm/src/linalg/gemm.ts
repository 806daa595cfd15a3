import { withScratch } from '../runtime/scratch.js';
import type { WasmRuntime } from '../runtime/wasm-runtime.js';
import { simdFunctions } from '../simd/simd-functions.js';

/** Bytes of one float32. */
export const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;

// A block of the left operand stays in the second-level cache while it meets every column of the right one.
const BLOCK_ROWS = 256;
const BLOCK_DEPTH = 256;
const PANEL_COLUMNS = 8;
// Rows of the right operand a multiple of this many bytes apart fall into few cache sets, so they are packed.
const ALIASING_BYTES = 1024;
// Packing pays off once its panel is read this often.
const LEAST_ROWS_TO_PACK = 64;

/** A float32 matrix in memory: element `[i, j]` lies at `address + i·row + j·column`, in bytes. */
export interface Strided {
  readonly address: number;
  readonly row: number;
  readonly column: number;
}

/** A float32 matrix whose columns are adjacent. */
export interface RowMajor {
  readonly address: number;
  readonly row: number;
}

/** `out[m,n] += a[m,k] · b[k,n]`, in blocks that fit the caches. */
export function gemm(
  backend: WasmRuntime,
  a: Strided,
  b: RowMajor,
  out: RowMajor,
  m: number,
  k: number,
  n: number,
): void {
  const simd = simdFunctions(backend);
  const multiply = (panel: RowMajor, column: number, columns: number, p: number, depth: number): void => {
    for (let i = 0; i < m; i += BLOCK_ROWS) {
      simd.gemm(
        a.address + i * a.row + p * a.column,
        a.row,
        a.column,
        panel.address,
        panel.row,
        out.address + i * out.row + column * FLOAT_BYTES,
        out.row,
        Math.min(BLOCK_ROWS, m - i),
        depth,
        columns,
      );
    }
  };
  const packs = b.row % ALIASING_BYTES === 0 && m >= LEAST_ROWS_TO_PACK;
  const depthOf = (p: number): number => Math.min(BLOCK_DEPTH, k - p);
  if (!packs) {
    for (let p = 0; p < k; p += BLOCK_DEPTH) {
      multiply({ address: b.address + p * b.row, row: b.row }, 0, n, p, depthOf(p));
    }
    return;
  }
  const panelRow = PANEL_COLUMNS * FLOAT_BYTES;
  withScratch(backend, BLOCK_DEPTH * panelRow, (address) => {
    for (let p = 0; p < k; p += BLOCK_DEPTH) {
      for (let column = 0; column < n; column += PANEL_COLUMNS) {
        const columns = Math.min(PANEL_COLUMNS, n - column);
        packPanel(backend, b.address + p * b.row + column * FLOAT_BYTES, b.row, address, depthOf(p), columns);
        multiply({ address, row: panelRow }, column, columns, p, depthOf(p));
      }
    }
  });
}

function packPanel(
  { wasm }: WasmRuntime,
  from: number,
  fromRow: number,
  to: number,
  rows: number,
  columns: number,
): void {
  const heap = wasm.HEAPF32;
  const rowStep = fromRow / FLOAT_BYTES;
  for (let i = 0; i < rows; i++) {
    const source = from / FLOAT_BYTES + i * rowStep;
    const target = to / FLOAT_BYTES + i * PANEL_COLUMNS;
    for (let j = 0; j < columns; j++) heap[target + j] = heap[source + j];
  }
}
