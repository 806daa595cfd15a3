import type { Capabilities } from '../contracts/plugin.js';
import { KdxError } from '../errors/kdx-error.js';
import type { PluginSet } from './resolve-plugins.js';

interface RunCapabilities {
  readonly teachers: number;
  /** What the student's family can be adapted to; left out while the student is not known. */
  readonly adaptations?: readonly string[];
}

/** @throws KdxError `KDX_TEACHER_MISSING`, `KDX_REQUIRES`, `KDX_CONFLICT` */
export function checkCapabilities(plugins: PluginSet, run: RunCapabilities): void {
  const offered = offeredBy(plugins);
  const present = presence(plugins, run);

  for (const { definition, options } of plugins.ordered) {
    const { name } = definition;
    for (const capability of capabilitiesOf(definition.requires, options)) {
      if (present(capability)) continue;
      if (capability === 'teacher') throw teacherMissing(name);
      throw new KdxError(
        'KDX_REQUIRES',
        `Plugin "${name}" requires ${capability}, which this run does not have; "kdx plugins ${name}" says what it needs.`,
      );
    }
    for (const capability of capabilitiesOf(definition.conflicts, options)) {
      if (capability.startsWith('student:') && !run.adaptations) continue;
      const others = offered.get(capability)?.filter((other) => other !== name);
      const other = others?.[0];
      if (!present(capability) || others?.length === 0) continue;
      throw new KdxError(
        'KDX_CONFLICT',
        `Plugin "${name}" cannot stand beside ${other ? `plugin "${other}"` : capability}; leave one of them out of --plugins.`,
      );
    }
  }
}

/** Whether a run has a capability. What a student can be adapted to counts as there while it is not known. */
export function presence(plugins: PluginSet, run: RunCapabilities): (capability: string) => boolean {
  const offered = offeredBy(plugins);
  return (capability) =>
    capability === 'teacher'
      ? run.teachers > 0
      : capability.startsWith('student:')
        ? (run.adaptations?.includes(capability.slice('student:'.length)) ?? true)
        : offered.has(capability);
}

/** Names of the plugins that offer a capability, by it. */
export function offeredBy({ ordered }: PluginSet): ReadonlyMap<string, readonly string[]> {
  const offered = new Map<string, string[]>();
  for (const { definition } of ordered) {
    for (const capability of [`plugin:${definition.name}`, ...(definition.offers ?? [])]) {
      offered.set(capability, [...(offered.get(capability) ?? []), definition.name]);
    }
  }
  return offered;
}

/** What a plugin requires or conflicts with when it has these options. */
export const capabilitiesOf = <O>(stated: Capabilities<O> | undefined, options: O): readonly string[] =>
  typeof stated === 'function' ? stated(options) : (stated ?? []);

export const teacherMissing = (plugin: string): KdxError =>
  new KdxError(
    'KDX_TEACHER_MISSING',
    `Plugin "${plugin}" distils from a teacher and the run has none; add --teacher MODEL@WEIGHTS.`,
  );
