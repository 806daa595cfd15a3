import { isKdxError } from '@kdx/tensor';
import type { ModelRecipe } from '../contracts/model.js';
import type { HookDriver } from './hook-driver.js';
import { type Resolvers, resolveModel } from './resolve-names.js';

/**
 * The student's recipe while plugins configure it. A plugin may hook `resolveModel` in its `configure()`, when others
 * have looked at the student already: then the name is asked for again, and the adaptations so far are made again.
 */
export class StudentRecipe {
  readonly #given: ModelRecipe | string;
  readonly #hooks: HookDriver;
  readonly #resolvers: Resolvers | undefined;
  readonly #adaptations: ((recipe: ModelRecipe) => ModelRecipe)[] = [];
  #recipe: ModelRecipe | undefined;
  #unknown: unknown;
  #asked = 0;

  constructor(given: ModelRecipe | string, hooks: HookDriver, resolvers: Resolvers | undefined) {
    this.#given = given;
    this.#hooks = hooks;
    this.#resolvers = resolvers;
    if (typeof given !== 'string') this.#recipe = given;
  }

  /** Asks for the name, or asks again when plugins have come that may know it. A name that nobody knows can wait. */
  async look(): Promise<void> {
    if (typeof this.#given !== 'string') return;
    const plugins = this.#hooks.contributors('resolveModel').length;
    if (this.#recipe && plugins === this.#asked) return;
    this.#asked = plugins;
    try {
      const found = await resolveModel(this.#given, this.#hooks, this.#resolvers);
      this.#recipe = this.#adaptations.reduce((recipe, adapt) => adapt(recipe), found);
    } catch (error) {
      if (!isKdxError(error) || error.code !== 'KDX_MODEL_UNKNOWN') throw error;
      this.#unknown = error;
    }
  }

  /** Undefined while nobody knows the name. */
  get known(): ModelRecipe | undefined {
    return this.#recipe;
  }

  /** @throws KdxError `KDX_MODEL_UNKNOWN` when nobody knows the name. */
  get current(): ModelRecipe {
    if (!this.#recipe) throw this.#unknown;
    return this.#recipe;
  }

  adapt(adaptation: (recipe: ModelRecipe) => ModelRecipe): void {
    this.#recipe = adaptation(this.current);
    this.#adaptations.push(adaptation);
  }
}
