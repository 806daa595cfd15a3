import type { SampleKind } from '@kdx/core/run';
import type { PatchGrid } from '@kdx/nn';
import { spreadOf } from '../statistics/spread.js';
import { evenDistance } from './even-distance.js';
import type { AttentionGeometry } from './geometry.js';

/** Attention distances of one model, in patches. */
export interface MeasuredModel {
  readonly model: string;
  /** File its weights come from; null for initial weights. */
  readonly weights: string | null;
  /** Tokens before the patches. */
  readonly specialTokens: number;
  /** `[depth][heads]` */
  readonly distances: readonly (readonly number[])[];
}

/** One block of an arm, in patches. */
export interface BlockDistance {
  /** Over heads, then over runs. */
  readonly mean: number;
  /** Of the runs' means over heads (n − 1); null of a single run. */
  readonly std: number | null;
  /** The most local head of all runs. */
  readonly lowest: number;
  /** The most global head of all runs. */
  readonly highest: number;
}

/** The models of one label: runs of one arm. */
export interface AttentionArm {
  readonly label: string;
  readonly blocks: readonly BlockDistance[];
  readonly runs: readonly MeasuredModel[];
}

/** What `kdx attention` found. */
export interface AttentionResult {
  readonly data: string;
  readonly split: string;
  readonly images: number;
  /** How they stand for the split, where they are a sample of it. Files of older versions lack it. */
  readonly sample?: { readonly of: number; readonly kind: SampleKind };
  /** Patches of an image, `[height, width]`. */
  readonly grid: PatchGrid;
  /** Pixels of a patch of the first model, `[height, width]`; of all of them, since grid and images are the same. */
  readonly patch: readonly [height: number, width: number];
  /** Whether a patch's attention to patches was made to sum to 1. */
  readonly renormalize: boolean;
  /** What a head would have that attends to all patches evenly and to nothing else. */
  readonly even: number;
  readonly arms: readonly AttentionArm[];
}

/** A model that was measured, before arms are made of them. */
export interface MeasuredSubject extends Omit<MeasuredModel, 'specialTokens'> {
  readonly label: string;
  readonly geometry: AttentionGeometry;
}

/** Averages over heads and over the runs of an arm. Arms stand in the order in which their labels come first. */
export function attentionResult(
  subjects: readonly MeasuredSubject[],
  about: Pick<AttentionResult, 'data' | 'split' | 'images' | 'sample' | 'renormalize'>,
): AttentionResult {
  const { grid, patch } = subjects[0].geometry;
  const labels = [...new Set(subjects.map(({ label }) => label))];
  const arms = labels.map((label) => armOf(label, subjects));
  return { ...about, grid, patch, even: evenDistance(grid), arms };
}

function armOf(label: string, subjects: readonly MeasuredSubject[]): AttentionArm {
  const runs = subjects
    .filter((subject) => subject.label === label)
    .map(({ model, weights, geometry: { specialTokens }, distances }) => ({
      model,
      weights,
      specialTokens,
      distances,
    }));
  const blocks = runs[0].distances.map((_, block): BlockDistance => {
    const heads = runs.map(({ distances }) => distances[block]);
    const { mean, std } = spreadOf(heads.map((row) => spreadOf(row).mean));
    return { mean, std, lowest: Math.min(...heads.flat()), highest: Math.max(...heads.flat()) };
  });
  return { label, blocks, runs };
}
