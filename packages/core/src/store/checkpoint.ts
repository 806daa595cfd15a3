import { createHash } from 'node:crypto';
import type { HostTensor } from '@kdx/tensor';
import { readSafetensors, writeSafetensors } from '@kdx/tensor';
import type * as tf from '@tensorflow/tfjs';
import { kdxError } from '../errors.js';

const FORMAT = '1';

/** A snapshot on the host: tensors by name and whatever else survives JSON. */
export interface Checkpoint<S> {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly state: S;
}

/** Copies tensors to the host, so that what is kept does not change when training goes on. */
export async function snapshot(tensors: ReadonlyMap<string, tf.Tensor>): Promise<Map<string, HostTensor>> {
  const copies = new Map<string, HostTensor>();
  for (const [name, tensor] of tensors) {
    // A back end may hand out a view of its own memory; the checkpoint must not move with it.
    const data = (await tensor.data()).slice() as HostTensor['data'];
    copies.set(name, { shape: [...tensor.shape], data });
  }
  return copies;
}

/** Writes a checkpoint that is either wholly there or not at all. Holds no clock time: equal runs give equal bytes. */
export async function writeCheckpoint<S>(file: string, { tensors, state }: Checkpoint<S>): Promise<void> {
  const text = JSON.stringify(state);
  await writeSafetensors(file, tensors, {
    'kdx.checkpoint': FORMAT,
    'kdx.state': text,
    'kdx.sha256': digestOf(tensors, text),
  });
}

/** @throws KdxError `KDX_WEIGHTS_…` for a file that is broken, `KDX_CHECKPOINT` for one that is not a checkpoint. */
export async function readCheckpoint<S>(file: string): Promise<Checkpoint<S>> {
  const { tensors, metadata } = await readSafetensors(file);
  const text = metadata['kdx.state'];
  if (metadata['kdx.checkpoint'] !== FORMAT || text === undefined) {
    throw kdxError(
      'KDX_CHECKPOINT',
      `${file} is not a checkpoint of this kdx; give --resume the folder of a run.`,
    );
  }
  if (metadata['kdx.sha256'] !== digestOf(tensors, text)) {
    throw kdxError(
      'KDX_CHECKPOINT',
      `${file} is damaged (its checksum does not fit); restore it from a backup, or begin a new run with another --out.`,
    );
  }
  return { tensors, state: JSON.parse(text) as S };
}

function digestOf(tensors: ReadonlyMap<string, HostTensor>, state: string): string {
  const hash = createHash('sha256').update(state);
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name) as HostTensor;
    hash.update(`\n${name} ${shape.join(',')}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
