import type { TensorInfo } from '@tensorflow/tfjs';
import { FLOAT_BYTES } from '../linalg/gemm.js';
import { defineKernel, type Inputs } from '../runtime/kernel.js';
import { clearFloats, withScratch } from '../runtime/scratch.js';
import { addressOf, type WasmRuntime } from '../runtime/wasm-runtime.js';
import { simdFunctions } from '../simd/simd-functions.js';
import { constantsAt, trainingFunctions } from './functions.js';
import { newZeros } from './matrix.js';

/** Sizes of one head's matrices. Rows of scores are padded to whole vectors, so that products need no scalar columns. */
interface Geometry {
  readonly heads: number;
  readonly tokens: number;
  readonly width: number;
  /** Bytes of a row `[d]`. */
  readonly row: number;
  /** Bytes of a row of scores `[N]`, without and with its padding. */
  readonly scores: number;
  readonly padded: number;
}

const LANES = 4;

function geometryOf({ shape: [B, H, N, d] }: TensorInfo): Geometry {
  const padded = Math.ceil(N / LANES) * LANES * FLOAT_BYTES;
  return { heads: B * H, tokens: N, width: d, row: d * FLOAT_BYTES, scores: N * FLOAT_BYTES, padded };
}

const matrixBytes = ({ tokens, row }: Geometry): number => tokens * row;
const scoreBytes = ({ tokens, padded }: Geometry): number => tokens * padded;

/** Byte offset of head `index`'s `[N, N]` in a bias `[1|B, 1|H, N, N]`. */
function biasOffset({ shape: [B, H, N] }: TensorInfo, heads: number, index: number): number {
  const [image, head] = [Math.floor(index / heads), index % heads];
  return ((B === 1 ? 0 : image) * H + (H === 1 ? 0 : head)) * N * N * FLOAT_BYTES;
}

/** What both directions do for each head. */
function operations(backend: WasmRuntime, g: Geometry) {
  const { gemm, transpose, multiplyAddRows } = simdFunctions(backend);
  const { tokens: N, width: d, row, padded } = g;
  return {
    /** `out[N, N] += a[N, d]·b[N, d]ᵀ`; `scratch` holds bᵀ, its padding zero. */
    scoresOf(a: number, b: number, out: number, scratch: number): void {
      transpose(b, row, scratch, padded, N, d);
      gemm(a, row, FLOAT_BYTES, scratch, padded, out, padded, N, d, padded / FLOAT_BYTES);
    },
    /** `out[N, d] += scores[N, N]·b[N, d]`. */
    weighted(scores: number, b: number, out: number): void {
      gemm(scores, padded, FLOAT_BYTES, b, row, out, row, N, N, d);
    },
    /** `out[N, d] += scores[N, N]ᵀ·b[N, d]`. */
    gathered(scores: number, b: number, out: number): void {
      gemm(scores, FLOAT_BYTES, padded, b, row, out, row, N, N, d);
    },
    /** `out = scores ∘ mask`, both padded but for the mask. */
    masked(scores: number, mask: number, out: number): void {
      clearFloats(backend, out, scoreBytes(g) / FLOAT_BYTES);
      multiplyAddRows(out, padded, scores, padded, mask, g.scores, N, N);
    },
    /** `out[N, N] += scores`; `ones` is a row of them. */
    added(scores: number, ones: number, out: number): void {
      multiplyAddRows(out, g.scores, scores, padded, ones, 0, N, N);
    },
  };
}

interface AttentionAttrs {
  readonly scale: number;
}

/** Saves the softmax, before a mask, as `[B, H, N, padded N]`. */
export const attentionKernel = defineKernel<AttentionAttrs>(
  'KdxAttention',
  () =>
    ({ inputs, backend, attrs }) => {
      const { q, k, v, bias, mask } = inputs;
      const [B, H, N] = q.shape;
      const g = geometryOf(q);
      const y = newZeros(backend, q.shape);
      const saved = newZeros(backend, [B, H, N, g.padded / FLOAT_BYTES]);
      const { softmaxRows } = trainingFunctions(backend);
      const { scoresOf, weighted, masked } = operations(backend, g);
      const [flipped, zeros, dropped] = [0, g.width * g.padded, (g.width + 1) * g.padded];
      const bytes = dropped + (mask == null ? 0 : scoreBytes(g));
      withScratch(backend, bytes, (scratch) => {
        clearFloats(backend, scratch, bytes / FLOAT_BYTES);
        const [qAt, kAt, vAt] = [q, k, v].map((info) => addressOf(backend, info));
        const scale = constantsAt(backend, attrs.scale);
        for (let index = 0; index < g.heads; index++) {
          const [offset, scores] = [index * matrixBytes(g), saved.address + index * scoreBytes(g)];
          scoresOf(qAt + offset, kAt + offset, scores, scratch + flipped);
          const [biasAt, biasStep] =
            bias == null
              ? [scratch + zeros, 0]
              : [addressOf(backend, bias) + biasOffset(bias, H, index), g.scores];
          softmaxRows(scores, g.padded, biasAt, biasStep, scale, N, g.scores);
          if (mask == null) weighted(scores, vAt + offset, y.address + offset);
          else {
            masked(scores, addressOf(backend, mask) + index * N * g.scores, scratch + dropped);
            weighted(scratch + dropped, vAt + offset, y.address + offset);
          }
        }
      });
      return [y.info, saved.info];
    },
);

export const attentionGradKernel = defineKernel<AttentionAttrs>(
  'KdxAttentionGrad',
  () =>
    ({ inputs, backend, attrs }) => {
      const { dy, q, k, v, saved, bias, mask } = inputs;
      const g = geometryOf(q);
      const [dq, dk, dv] = [q, k, v].map(({ shape }) => newZeros(backend, shape));
      const dbias = bias == null ? undefined : newZeros(backend, bias.shape);
      const run = { g, scale: attrs.scale, heads: q.shape[1], dq, dk, dv, dbias, bias, mask };
      gradientOfHeads(backend, { dy, q, k, v, saved }, run);
      const gradients = [dq.info, dk.info, dv.info];
      return dbias === undefined ? gradients : [...gradients, dbias.info];
    },
);

interface GradientRun {
  readonly g: Geometry;
  readonly scale: number;
  readonly heads: number;
  readonly dq: { readonly address: number };
  readonly dk: { readonly address: number };
  readonly dv: { readonly address: number };
  readonly dbias: { readonly address: number } | undefined;
  readonly bias: TensorInfo | undefined;
  readonly mask: TensorInfo | undefined;
}

function gradientOfHeads(backend: WasmRuntime, inputs: Inputs, run: GradientRun): void {
  const { g, scale, heads, dq, dk, dv, dbias, bias, mask } = run;
  const N = g.tokens;
  const { softmaxGradRows } = trainingFunctions(backend);
  const { scoresOf, weighted, gathered, masked, added } = operations(backend, g);
  const flipped = g.width * g.padded;
  const bytes = flipped + g.padded + 2 * scoreBytes(g);
  withScratch(backend, bytes, (scratch) => {
    clearFloats(backend, scratch, bytes / FLOAT_BYTES);
    const [ones, dWeights, dropped] = [
      scratch + flipped,
      scratch + flipped + g.padded,
      scratch + flipped + g.padded + scoreBytes(g),
    ];
    backend.wasm.HEAPF32.fill(1, ones / FLOAT_BYTES, (ones + g.padded) / FLOAT_BYTES);
    // A bias wants the gradient of the scores, q and k want it times the scale.
    const factor = constantsAt(backend, dbias === undefined ? scale : 1);
    const [dyAt, qAt, kAt, vAt, savedAt] = [inputs.dy, inputs.q, inputs.k, inputs.v, inputs.saved].map(
      (info) => addressOf(backend, info),
    );
    for (let index = 0; index < g.heads; index++) {
      const offset = index * matrixBytes(g);
      const weights = savedAt + index * scoreBytes(g);
      const maskAt = mask == null ? 0 : addressOf(backend, mask) + index * N * g.scores;
      if (mask == null) gathered(weights, dyAt + offset, dv.address + offset);
      else {
        masked(weights, maskAt, dropped);
        gathered(dropped, dyAt + offset, dv.address + offset);
      }
      clearFloats(backend, dWeights, scoreBytes(g) / FLOAT_BYTES);
      scoresOf(dyAt + offset, vAt + offset, dWeights, scratch);
      let slopes = dWeights;
      if (mask != null) {
        masked(dWeights, maskAt, dropped);
        slopes = dropped;
      }
      softmaxGradRows(slopes, weights, slopes, g.padded, factor, N, g.scores);
      if (dbias !== undefined && bias != null) {
        added(slopes, ones, dbias.address + biasOffset(bias, heads, index));
        multiply(backend, slopes, scoreBytes(g), scale);
      }
      weighted(slopes, kAt + offset, dq.address + offset);
      gathered(slopes, qAt + offset, dk.address + offset);
    }
  });
}

/** Multiplies `bytes` of float32 in place. */
function multiply(backend: WasmRuntime, address: number, bytes: number, factor: number): void {
  const heap = backend.wasm.HEAPF32;
  for (let i = address / FLOAT_BYTES; i < (address + bytes) / FLOAT_BYTES; i++) heap[i] *= factor;
}
