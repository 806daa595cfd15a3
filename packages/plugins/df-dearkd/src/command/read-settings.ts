import type { CommandHost } from '@kdx/core';
import { keysAt } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import {
  presetFor,
  SYNTHESIS_PRESETS,
  type SynthesisPreset,
  type SynthesisSettings,
  synthesisSettings,
} from '../synthesis/settings.js';

export interface AskedSettings {
  /** Default: by the height of the images. */
  readonly preset?: SynthesisPreset;
  /** In all, shared out as the preset's phases share theirs; 0 for none. */
  readonly iterations?: number;
  /** `path=value`, on top of all. */
  readonly set?: readonly string[];
}

/** What images are to be made of. */
export interface Wanted {
  /** Of an image. */
  readonly height: number;
  /** How many; a preset's batch has at most as many different ones. */
  readonly classes: number;
}

/**
 * Settings of a synthesis: a preset under `--iterations` under every `--set`.
 * @throws KdxError `KDX_SET`, `KDX_CONFIG`
 */
export function readSettings(
  { preset, iterations, set = [] }: AskedSettings,
  { height, classes }: Wanted,
  host: Pick<CommandHost, 'withAssignments'>,
): SynthesisSettings {
  const base: SynthesisSettings = SYNTHESIS_PRESETS[preset ?? presetFor(height)];
  const phases = iterations === undefined ? base.phases : sharedOut(base.phases, iterations);
  const classesPerBatch = Math.min(base.classesPerBatch, classes);
  return host.withAssignments({ ...base, phases, classesPerBatch }, set, {
    schema: synthesisSettings,
    command: 'kdx synth',
  });
}

/** `total` iterations in the proportions of `phases`, what is left over to the last; phases that get none are dropped. */
function sharedOut(phases: SynthesisSettings['phases'], total: number): SynthesisSettings['phases'] {
  const all = phases.reduce((sum, { iterations }) => sum + iterations, 0);
  const shares = phases.map(({ iterations }) => Math.floor((iterations * total) / all));
  const rest = total - shares.reduce((sum, share) => sum + share, 0);
  return phases
    .map((phase, i) => ({ ...phase, iterations: shares[i] + (i === phases.length - 1 ? rest : 0) }))
    .filter(({ iterations }) => iterations > 0);
}

/** Every path that `--set` takes, e.g. `lr`, `weights.ce`. */
export function settingPaths(): string[] {
  const keys = (...path: string[]) => keysAt(synthesisSettings, path, undefined);
  return keys().flatMap((key) => {
    const inner = keys(key);
    return inner.length === 0 ? [key] : inner.map((name) => `${key}.${name}`);
  });
}

/** More than any network knows; a slip of the hand is not to fill the memory. */
const MOST_CLASSES = 1e6;

/**
 * Class numbers such as `0-9,42`.
 * @throws KdxError `KDX_SYNTH_CLASSES`
 */
export function parseClasses(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [, first, last = first] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === undefined || to < from || to >= MOST_CLASSES) {
      throw kdxError(
        'KDX_SYNTH_CLASSES',
        `--classes takes numbers and ranges, e.g. 0-9,42, and got "${text}".`,
      );
    }
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}
