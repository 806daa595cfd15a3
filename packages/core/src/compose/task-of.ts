import { isKdxError, type KdxError, messageOf } from '@kdx/tensor';
import type { Model } from '../contracts/model.js';
import type { Plugin } from '../contracts/plugin.js';
import type { Task } from '../contracts/task.js';
import { kdxError } from '../errors.js';
import { term as termShape } from '../expected/kinds.js';
import { task as taskShape } from '../expected/service-kinds.js';
import { expectShape } from '../expected/shape.js';
import { inPlugin } from '../plugin-scope.js';
import { offersTask } from './capabilities.js';
import type { PluginRegistry } from './plugin-registry.js';
import type { PluginSet } from './resolve-plugins.js';
import { modelsByName } from './setup-context.js';

/**
 * The task of a run and the plugin that brings it. Of several the one that brings the others' plugins wins.
 * @throws KdxError `KDX_TASK_MISSING`, `KDX_TASK_TWICE`; `KDX_PLUGIN_VALUE` for what is not a task
 */
export function taskOf(plugins: PluginSet): { readonly task: Task; readonly owner: string } {
  const bringing = plugins.ordered.filter(({ definition }) => definition.task);
  if (bringing.length === 0) throw missing(plugins);
  const names = bringing.map(({ definition }) => definition.name);
  const owner = names.find((name) => names.every((other) => other === name || plugins.brings(name, other)));
  if (owner === undefined) throw twice(plugins.told(names[0]), plugins.told(names[1]));
  return { task: taskFrom(bringing[names.indexOf(owner)]), owner };
}

function taskFrom({ definition, options }: Plugin): Task {
  const { name } = definition;
  let task: Task | undefined;
  try {
    task = inPlugin(name, () => definition.task?.(options));
  } catch (cause) {
    if (isKdxError(cause)) throw cause;
    throw kdxError('KDX_PLUGIN_FAILED', `Plugin "${name}" failed in task(): ${messageOf(cause)}`, { cause });
  }
  expectShape(taskShape, task, `Plugin "${name}", in task(),`, 'KDX_PLUGIN_VALUE');
  return task as Task;
}

/** Registers the ground truth's terms under the name of the plugin that brings the task. */
export function addTaskTerms(
  registry: PluginRegistry,
  owner: string,
  { terms }: Task,
  { student, teachers }: { readonly student: Model; readonly teachers: readonly Model[] },
): void {
  const models = modelsByName(student, teachers);
  for (const term of terms) {
    expectShape(termShape, term, `Plugin "${owner}", in task(),`, 'KDX_PLUGIN_VALUE');
    registry.addTerm(owner, term, models);
  }
}

function missing({ ordered }: PluginSet): KdxError {
  const without = ordered.find(({ definition }) => offersTask(definition));
  return kdxError(
    'KDX_TASK_MISSING',
    without
      ? `Plugin "${without.definition.name}" offers a task and brings none; give its definePlugin() a field task, which says how a student is scored.`
      : 'No plugin of this run brings a task, which says what labels mean and how a student is scored; add classification to --plugins, in code classification() of @kdx/task-classification.',
  );
}

const twice = (a: string, b: string): KdxError =>
  kdxError(
    'KDX_TASK_TWICE',
    `Plugins ${a} and ${b} both bring a task and a run has one; leave one of them out of --plugins.`,
  );
