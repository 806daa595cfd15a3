import type { ConfigureContext } from '../contracts/plugin.js';
import { adaptRecipe } from '../expected/checked-recipe.js';
import { text } from '../expected/shape.js';
import { baseContext, expectValue } from './base-context.js';
import { tooLate } from './plugin-errors.js';
import type { PluginRegistry } from './plugin-registry.js';
import type { StudentRecipe } from './resolve-student.js';

/** What is known before the models are built. */
export interface Unbuilt {
  readonly recipe: Pick<StudentRecipe, 'current' | 'adapt'>;
  /** How many teachers the run has. */
  readonly teachers: number;
  /** Receives the adaptations that plugins ask for. */
  readonly adaptations: { adaptation: string; plugin: string }[];
}

/**
 * The context of a plugin's `configure()`.
 * @param isOpen whether that has not ended yet
 */
export function configureContext(
  registry: PluginRegistry,
  plugin: string,
  { recipe, teachers, adaptations }: Unbuilt,
  isOpen: () => boolean,
): ConfigureContext {
  return {
    ...baseContext(registry, plugin),
    get student() {
      return recipe.current;
    },
    teachers,
    adaptStudent: (adaptation, value) => {
      if (!isOpen()) throw tooLate(plugin, 'adaptStudent()', 'configure()');
      expectValue(text, adaptation, plugin, 'adaptStudent()');
      recipe.adapt((current) => adaptRecipe(current, adaptation, value));
      adaptations.push({ adaptation, plugin });
    },
  };
}
