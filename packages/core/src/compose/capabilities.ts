import { isKdxError, KdxError, messageOf } from '@kdx/tensor';
import type { Capabilities, PluginDefinition } from '../contracts/plugin.js';
import { kdxError } from '../errors.js';
import { texts } from '../expected/kinds.js';
import { expectShape } from '../expected/shape.js';
import { inPlugin } from '../plugin-scope.js';
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
    for (const capability of statedBy(definition, 'requires', options)) {
      if (present(capability)) continue;
      if (capability === 'teacher') throw teacherMissing(name);
      throw kdxError(
        'KDX_REQUIRES',
        `Plugin "${name}" requires ${capability}, which this run does not have; "kdx plugins ${name}" says what it needs.`,
      );
    }
    for (const capability of statedBy(definition, 'conflicts', options)) {
      if (capability.startsWith('student:') && !run.adaptations) continue;
      const others = offered.get(capability)?.filter((other) => other !== name);
      const other = others?.[0];
      if (!present(capability) || others?.length === 0) continue;
      throw kdxError(
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

/** Capabilities that a plugin adds; one that brings a task offers `task`. */
const offersOf = ({ offers = [], task }: PluginDefinition): readonly string[] =>
  task && !offers.includes('task') ? [...offers, 'task'] : offers;

/** Whether a plugin brings or says to bring the task of a run. */
export const offersTask = (definition: PluginDefinition): boolean => offersOf(definition).includes('task');

/** Names of the plugins that offer a capability, by it. */
export function offeredBy({ ordered }: PluginSet): ReadonlyMap<string, readonly string[]> {
  const offered = new Map<string, string[]>();
  for (const { definition } of ordered) {
    for (const capability of [`plugin:${definition.name}`, ...offersOf(definition)]) {
      offered.set(capability, [...(offered.get(capability) ?? []), definition.name]);
    }
  }
  return offered;
}

/** What a plugin requires or conflicts with when it has these options. */
export const capabilitiesOf = <O>(stated: Capabilities<O> | undefined, options: O): readonly string[] =>
  typeof stated === 'function' ? stated(options) : (stated ?? []);

/** {@link capabilitiesOf} with the plugin's name in whatever goes wrong. @throws KdxError `KDX_PLUGIN_VALUE`, `KDX_PLUGIN_FAILED` */
function statedBy(
  definition: PluginDefinition,
  key: 'requires' | 'conflicts',
  options: unknown,
): readonly string[] {
  const { name } = definition;
  let stated: readonly string[];
  try {
    stated = inPlugin(name, () => capabilitiesOf(definition[key], options));
  } catch (cause) {
    throw new KdxError(
      isKdxError(cause) ? cause.code : 'KDX_PLUGIN_FAILED',
      `Plugin "${name}" failed in ${key}(): ${messageOf(cause)}`,
      { cause },
    );
  }
  expectShape(CAPABILITIES, stated, `Plugin "${name}", in ${key}(),`, 'KDX_PLUGIN_VALUE');
  return stated;
}

const CAPABILITIES = texts('an array of capabilities, such as ["teacher"]');

export const teacherMissing = (plugin: string): KdxError =>
  kdxError(
    'KDX_TEACHER_MISSING',
    `Plugin "${plugin}" distils from a teacher and the run has none; add --teacher MODEL@WEIGHTS.`,
  );
