import { tensorflowBackend } from '@kdx/backend-tensorflow';
import { torchBackend } from '@kdx/backend-torch';
import { wasmBackend } from '@kdx/backend-wasm';
import { type Backend, type BackendInfo, type BackendSettings, didYouMean } from '@kdx/tensor';
import { kdxError } from '../errors.js';

/** Every back end this kdx knows, fastest first. */
export const backends = (): readonly Backend[] =>
  [wasmBackend(), torchBackend(), tensorflowBackend()].sort((a, b) => b.speedRank - a.speedRank);

/** What `--backend` takes. */
export const BACKEND_NAMES = ['auto', 'torch', 'tensorflow', 'wasm'] as const;

export type BackendName = (typeof BACKEND_NAMES)[number];

export interface SelectedBackend {
  readonly info: BackendInfo;
  /** Why this one, in words. */
  readonly why: string;
  /** What it decided by itself, such as the number of threads: a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Loads a back end by name, or with `auto` the fastest that loads here.
 * @throws KdxError `KDX_BACKEND_UNKNOWN`, `KDX_BACKEND_UNAVAILABLE`, `KDX_BACKEND_SETTING`, `KDX_BACKEND_PRECISION`
 */
export async function selectBackend(
  name: string,
  settings: Partial<BackendSettings> = {},
): Promise<SelectedBackend> {
  const known = backends();
  const notes: string[] = [];
  const loaded = async (backend: Backend, why: string): Promise<SelectedBackend> => ({
    info: await backend.load(settings, (note) => notes.push(note)),
    why,
    notes,
  });
  if (name !== 'auto') {
    const backend = known.find((candidate) => candidate.name === name);
    if (!backend) {
      const names = known.map((candidate) => candidate.name);
      throw kdxError(
        'KDX_BACKEND_UNKNOWN',
        `There is no back end "${name}"; choose auto, ${names.join(', ')}.${didYouMean(name, names)}`,
      );
    }
    return loaded(backend, 'asked for');
  }
  const skipped: string[] = [];
  for (const backend of known) {
    const { available, reason } = await backend.probe();
    if (!available) {
      skipped.push(`${backend.name}: ${reason}`);
      continue;
    }
    const why =
      skipped.length === 0 ? 'the fastest there is' : `the fastest that loads here (${skipped.join('; ')})`;
    return loaded(backend, why);
  }
  throw kdxError(
    'KDX_BACKEND_UNAVAILABLE',
    `No back end loads here (${skipped.join('; ')}); "kdx doctor" says what to do.`,
  );
}
