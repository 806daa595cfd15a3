import { join, resolve } from 'node:path';
import { KdxError } from '@kdx/core';
import { type BackendName, selectBackend } from '../backends/select-backend.js';
import { type ConfigSource, runOf } from '../config/read-config.js';
import type { RunConfig } from '../config/run-config.js';
import { isPluginPath } from '../plugins/find-plugin.js';
import { parsePluginList } from '../plugins/parse-plugin-list.js';

/** One run of a comparison. */
export interface PlannedRun {
  readonly arm: string;
  readonly seed: number;
  /** The whole config of the run but its folder. */
  readonly config: Omit<RunConfig, 'out'>;
  /** `<out>/runs/<arm>/seed-<n>`. */
  readonly directory: string;
}

export interface BenchOptions {
  /** The comparison's folder. The same comparison there goes on. */
  readonly out: string;
  readonly seeds: readonly number[];
  /** Where teachers' logits are kept for all runs; false for nowhere. */
  readonly teacherCache: boolean | string;
}

/**
 * Every run of a comparison, seed by seed, so that what is there after any time is paired. Where a back end, a device or a
 * number of threads is left open, it is chosen once, for all.
 * @throws KdxError `KDX_ARM_MISSING` without arms, and what {@link runOf} throws
 */
export async function planBench(
  source: ConfigSource,
  { out, seeds, teacherCache }: BenchOptions,
): Promise<PlannedRun[]> {
  const arms = Object.keys(source.arms);
  if (arms.length === 0) {
    throw new KdxError(
      'KDX_ARM_MISSING',
      `${source.where} has no arms to compare; write --arm plain --arm kd=kd, or arms: in a config file.`,
    );
  }
  const chosen = new Map<string, Pick<RunConfig, 'backend' | 'device' | 'precision' | 'threads'>>();
  const configs = new Map<string, RunConfig>();
  for (const arm of arms) {
    const config = runOf(source, arm);
    const { backend, device, precision, threads } = config;
    const asked = JSON.stringify([backend, device, precision, threads]);
    if (!chosen.has(asked)) {
      const { info } = await selectBackend(backend, { device, precision, threads });
      const { name, device: on, precision: stored, threads: count } = info;
      chosen.set(asked, { backend: name as BackendName, device: on, precision: stored, threads: count });
    }
    const cached = config.teacher === undefined || config.teacherCache ? {} : { teacherCache };
    configs.set(arm, { ...config, ...chosen.get(asked), ...cached, plugins: pluginEntries(config.plugins) });
  }
  return seeds.flatMap((seed) =>
    arms.map((arm) => {
      const { out: _, ...config } = configs.get(arm) as RunConfig;
      return { arm, seed, config: { ...config, seed }, directory: join(out, 'runs', arm, `seed-${seed}`) };
    }),
  );
}

/** Plugins as a run's record has them, so that a plan can be compared with what was run. */
const pluginEntries = (plugins: RunConfig['plugins']): [string, Record<string, unknown>][] =>
  (typeof plugins === 'string' ? [plugins] : plugins)
    .flatMap((entry) => parsePluginList(typeof entry === 'string' ? entry : [entry]))
    .map(({ name, options }) => [isPluginPath(name) ? resolve(name) : name, options ?? {}]);
