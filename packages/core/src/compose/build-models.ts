import type { DataSource } from '../contracts/data.js';
import type { Model, ModelRecipe } from '../contracts/model.js';
import { buildModel } from '../expected/checked-recipe.js';
import type { RunWarning } from '../plan/warning.js';
import { checkFiniteModel } from '../weights/finite-state.js';
import { compareModel } from '../weights/weight-facts.js';
import type { HookDriver } from './hook-driver.js';
import { type Resolvers, resolveModel } from './resolve-names.js';

interface UnbuiltModels {
  readonly student: ModelRecipe;
  /** A Model that is already built stays its owner's. */
  readonly teachers: readonly (ModelRecipe | Model | string)[];
  readonly data: DataSource;
  /** Outputs of the class head. */
  readonly classes: number;
  readonly seed: number;
  readonly hooks: HookDriver;
  readonly resolvers: Resolvers | undefined;
  /** Receives every model that is built here, so that it is disposed also where a later one fails. */
  readonly onBuilt: (model: Model) => void;
  /** Receives what weight files say that the data contradicts. */
  readonly onWarning: (warning: RunWarning) => void;
}

/** Builds the student and the teachers of a run for its data. @throws KdxError `KDX_MODEL_…`, `KDX_WEIGHTS_…` */
export async function buildModels(
  unbuilt: UnbuiltModels,
): Promise<{ readonly student: Model; readonly teachers: readonly Model[] }> {
  const { data, hooks, resolvers, onBuilt, onWarning } = unbuilt;
  const fit = {
    classes: unbuilt.classes,
    imageSize: data.imageSize,
    mean: data.mean,
    std: data.std,
    labelNames: data.labelNames,
    onWarning,
  };
  const student = await buildModel(unbuilt.student, { ...fit, seed: unbuilt.seed });
  onBuilt(student);
  const teachers: Model[] = [];
  for (const given of unbuilt.teachers) {
    if (typeof given !== 'string' && 'forward' in given) {
      await checkFiniteModel(given, `The teacher ${given.spec.name}`);
      for (const warning of compareModel(given, data)) onWarning(warning);
      teachers.push(given);
      continue;
    }
    const recipe = typeof given === 'string' ? await resolveModel(given, hooks, resolvers) : given;
    const teacher = await buildModel(recipe, fit);
    onBuilt(teacher);
    teachers.push(teacher);
  }
  return { student, teachers };
}
