import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { arch, cpus, endianness } from 'node:os';
import type { BackendInfo } from '@kdx/tensor';
import type { DataSource } from '../contracts/data.js';
import type { Model } from '../contracts/model.js';
import type { RunSettings } from '../settings/settings.js';

/** Changes when files of an earlier format would be read wrongly. */
const FORMAT = 1;

const CORE_VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/**
 * What one record holds. `sample`: the logits of one image, which looks the same in every epoch. `batch`: those of one
 * batch of one epoch, where augmentation or mixing makes its images.
 */
export type RecordKind = 'sample' | 'batch';

/** What decides the bits of a teacher's logits. */
export interface CacheKeyParts {
  readonly kind: RecordKind;
  readonly teacher: Pick<Model, 'spec'>;
  /** {@link teacherDigest} */
  readonly teacherSha256: string;
  readonly data: Pick<DataSource, 'digest' | 'imageSize' | 'augment' | 'mean' | 'std'> & {
    readonly train: { readonly length: number };
  };
  readonly settings: Pick<RunSettings, 'batch' | 'repeats' | 'seed'>;
  /** How the task's `collate` changes images; null where it does not. */
  readonly mixing: object | null;
  readonly backend: BackendInfo;
  /** What chooses the images of an epoch, where the order is not the usual one. */
  readonly order?: string;
}

export interface CacheKey {
  /** What the key is made of, for people. */
  readonly text: string;
  /** Hex. */
  readonly sha256: string;
}

/**
 * The key of a teacher's logits: equal keys, equal bits. What moves no image is left out, so that runs that differ in it
 * share: the student, the plugins, label smoothing, accumulation, `dropLast`; for single samples also the seed.
 */
export function cacheKey({
  kind,
  teacher,
  teacherSha256,
  data,
  settings,
  mixing,
  backend,
  order,
}: CacheKeyParts): CacheKey {
  const { name, inputSize, classes, heads, mean, std } = teacher.spec;
  const { batch, repeats, seed } = settings;
  const parts = {
    format: FORMAT,
    core: CORE_VERSION,
    teacher: { name, inputSize, classes, heads, mean, std, sha256: teacherSha256 },
    data: {
      digest: data.digest,
      images: data.train.length,
      imageSize: data.imageSize,
      augment: data.augment.map((transform) => transform.name),
      // A transform may draw by them, as random erasing does.
      mean: data.mean,
      std: data.std,
    },
    record: kind,
    batch,
    repeats: kind === 'batch' ? repeats : null,
    // The order of samples, their augmentation and their mixing are drawn from the seed.
    seed: kind === 'batch' ? seed : null,
    // Left out where it is the usual one, so that folders of before are found.
    order: kind === 'batch' ? order : undefined,
    mixing: kind === 'batch' ? mixing : null,
    backend: {
      name: backend.name,
      build: backend.build,
      threads: backend.threads,
      device: backend.device,
      precision: backend.precision,
    },
    // A folder may be shared by machines, and kernels choose their instructions by the processor.
    machine: `${arch()} ${endianness()} ${cpus()[0]?.model ?? 'unknown'}`,
  };
  const text = `${JSON.stringify(parts, null, 2)}\n`;
  return { text, sha256: createHash('sha256').update(text).digest('hex') };
}

/** sha256 of all values of a model as they are in memory, so that a model made in code is known too. */
export async function teacherDigest({
  parameters,
  buffers,
}: Pick<Model, 'parameters' | 'buffers'>): Promise<string> {
  const hash = createHash('sha256');
  for (const [kind, group] of Object.entries({ parameters, buffers })) {
    for (const name of [...group.keys()].sort()) {
      const variable = group.get(name)?.variable;
      if (!variable) continue;
      const data = await variable.data();
      hash.update(JSON.stringify([kind, name, variable.dtype, variable.shape]));
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  }
  return hash.digest('hex');
}
