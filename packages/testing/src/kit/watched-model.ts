import type { Model, ModelRecipe } from '@kdx/core';

/** One forward of a watched model. */
export interface SeenForward {
  /** `student`, `teacher`, `teacher2`, … */
  readonly model: string;
  readonly training: boolean;
  /** The buffers whose values were others afterwards. */
  readonly moved: readonly string[];
}

/** The recipe's model, with each of its forwards told to `seen`. */
export const watched = (
  recipe: ModelRecipe,
  name: string,
  seen: (forward: SeenForward) => void,
): ModelRecipe => ({
  name: recipe.name,
  weights: recipe.weights,
  supports: recipe.supports,
  adapt: (adaptation, value) => watched(recipe.adapt(adaptation, value), name, seen),
  build: async (options) => watch(await recipe.build(options), name, seen),
});

function watch(model: Model, name: string, seen: (forward: SeenForward) => void): Model {
  const buffers = (): Map<string, string> =>
    new Map([...model.buffers].map(([path, { variable }]) => [path, variable.dataSync().join()]));
  return {
    spec: model.spec,
    parameters: model.parameters,
    buffers: model.buffers,
    taps: () => model.taps(),
    forward(images, options) {
      const before = buffers();
      const output = model.forward(images, options);
      const moved = [...buffers()].flatMap(([path, values]) => (before.get(path) === values ? [] : [path]));
      seen({ model: name, training: options.training, moved });
      return output;
    },
    dispose: () => model.dispose(),
  };
}
