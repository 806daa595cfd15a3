import * as tf from '@tensorflow/tfjs';
import type { ModelOutput, ModelSpec } from '../contracts/model.js';

/** What a forward gives of all heads; the caller disposes the tensors. */
export type TeacherOutput = Pick<ModelOutput, 'logits' | 'heads'>;

/** Logits of all heads on the host, one after the other: `heads · B · K` values. */
export type HostLogits = Float32Array;

/** Values of one image. */
export const logitsPerImage = ({ heads, classes }: ModelSpec): number => heads.length * classes;

/**
 * Copies what a forward gave to the host. Undefined for what a cache must not keep: heads that are not those of the spec,
 * a `logits` that is not the class head, or numbers that are not finite.
 */
export async function download(
  { logits, heads }: TeacherOutput,
  spec: ModelSpec,
  images: number,
): Promise<HostLogits | undefined> {
  const names = Object.keys(heads);
  const fits =
    names.length === spec.heads.length &&
    spec.heads.every((head) => heads[head]?.shape.join() === `${images},${spec.classes}`) &&
    heads.class !== undefined &&
    (logits.dataId === heads.class.dataId || sameBits(await logits.data(), await heads.class.data()));
  if (!fits) return undefined;
  const host = new Float32Array(images * logitsPerImage(spec));
  for (const [i, head] of spec.heads.entries()) host.set(await heads[head].data(), i * images * spec.classes);
  return host.every(Number.isFinite) ? host : undefined;
}

/** The tensors that {@link download} copied: the same bits. */
export function upload(host: HostLogits, { heads, classes }: ModelSpec, images: number): TeacherOutput {
  const size = images * classes;
  const tensors = Object.fromEntries(
    heads.map((head, i) => [
      head,
      tf.tensor2d(host.slice(i * size, (i + 1) * size), [images, classes], 'float32'),
    ]),
  );
  return { logits: tensors.class, heads: tensors };
}

/** Row `image` of every head. */
export function rowOf(host: HostLogits, image: number, { heads, classes }: ModelSpec): Float32Array {
  const row = new Float32Array(heads.length * classes);
  const size = host.length / heads.length;
  for (let h = 0; h < heads.length; h++) {
    const from = h * size + image * classes;
    row.set(host.subarray(from, from + classes), h * classes);
  }
  return row;
}

/** What {@link rowOf} took apart. */
export function fromRows(rows: readonly Float32Array[], { heads, classes }: ModelSpec): HostLogits {
  const host = new Float32Array(rows.length * heads.length * classes);
  for (const [image, row] of rows.entries()) {
    for (let h = 0; h < heads.length; h++) {
      host.set(row.subarray(h * classes, (h + 1) * classes), (h * rows.length + image) * classes);
    }
  }
  return host;
}

export const sameBits = (a: ArrayBufferView, b: ArrayBufferView): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
