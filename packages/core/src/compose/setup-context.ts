import type { Model } from '../contracts/model.js';
import type { PluginContext } from '../contracts/plugin.js';
import { helperModule, term as termShape } from '../expected/kinds.js';
import { text } from '../expected/shape.js';
import { baseContext, expectValue } from './base-context.js';
import { teacherMissing } from './capabilities.js';
import { findParameter } from './checks.js';
import { layerFeature, stageFeatures, tapRef } from './features.js';
import type { PluginRegistry } from './plugin-registry.js';
import { teacherName } from './refs.js';

/** The models of a run, once they are built. */
export interface BuiltModels {
  readonly student: Model;
  readonly teachers: readonly Model[];
  readonly stepsPerEpoch: number;
}

/** The context of a plugin's `setup()`. */
export function setupContext(
  registry: PluginRegistry,
  plugin: string,
  { student, teachers, stepsPerEpoch }: BuiltModels,
): PluginContext {
  const models = modelsByName(student, teachers);
  const who = `Plugin "${plugin}"`;
  return {
    ...baseContext(registry, plugin),
    student,
    teachers,
    stepsPerEpoch,
    get teacher(): Model {
      if (teachers.length === 0) throw teacherMissing(plugin);
      return teachers[0];
    },
    tap: (model, path) => tapRef({ who, models }, model, path),
    feature: (model, path) => layerFeature({ who, models }, model, path),
    stages: (model) => stageFeatures({ who, models }, model),
    param: (model, path) => {
      const parameter = findParameter(model, path, models, who);
      registry.usesParametersOf(model);
      return parameter;
    },
    addTerm: (term) => {
      registry.refuseLate(plugin, 'addTerm()');
      expectValue(termShape, term, plugin, 'addTerm()');
      registry.addTerm(plugin, term, models);
    },
    addModule: (name, module) => {
      registry.refuseLate(plugin, 'addModule()');
      expectValue(text, name, plugin, 'addModule()');
      expectValue(helperModule, module, plugin, 'addModule()');
      return registry.addModule(plugin, name, module, models);
    },
    supersede: (what, reason) => {
      registry.refuseLate(plugin, 'supersede()');
      expectValue(text, what, plugin, 'supersede()');
      expectValue(text, reason, plugin, 'supersede()');
      registry.supersede({ what, by: plugin, reason });
    },
  };
}

/** `student`, `teacher`, `teacher2`, … */
export function modelsByName(student: Model, teachers: readonly Model[]): ReadonlyMap<string, Model> {
  const named = teachers.map((teacher, index) => [teacherName(index), teacher] as const);
  return new Map([['student', student], ...named]);
}
