import { didYouMean, KdxError } from '@kdx/core';
import pc from 'picocolors';
import { loadRecipe, type Recipe, recipeLayer, withRecipeData } from '../recipes/recipe.js';
import { findConfig } from './find-config.js';
import { loadConfig } from './load-config.js';
import { type ConfigLayer, mergeLayers } from './merge-layers.js';
import { parseRunConfig, type RunConfig } from './run-config.js';

/** All that was said of a run or a comparison: a recipe under a file under the flags. */
export interface ConfigSource {
  /** Undermost first. */
  readonly layers: readonly ConfigLayer[];
  readonly recipe: Recipe | undefined;
  /** What each arm changes, by name. */
  readonly arms: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly seeds: unknown;
  /** Named first in errors: the file, or `The command line`. */
  readonly where: string;
}

/** What the command line says besides the settings. */
export interface SaidOnTop {
  /** A config file; without one the `kdx.config.*` of the current folder counts. */
  readonly file: string | undefined;
  readonly recipe: string | undefined;
  readonly layers: readonly ConfigLayer[];
}

/**
 * Reads what a command is given. Where no file is named and one is found, stderr says so, since nothing on the command
 * line does.
 * @throws KdxError `KDX_CONFIG…`, `KDX_RECIPE…`
 */
export async function readConfig(said: SaidOnTop): Promise<ConfigSource> {
  const file = said.file ?? findConfig(process.cwd());
  if (file !== undefined && said.file === undefined) console.error(pc.dim(`config    ${file}`));
  const where = file ?? 'The command line';
  const {
    $schema,
    recipe: recipeName,
    arms = {},
    seeds,
    ...values
  } = file === undefined ? {} : await loadConfig(file);
  const name = said.recipe ?? recipeName;
  const recipe = name === undefined ? undefined : await loadRecipe(String(name));
  if (!isArms(arms)) {
    throw new KdxError(
      'KDX_CONFIG',
      `${where}: arms takes an object of what each arm changes, e.g. arms: { plain: {}, kd: { plugins: [kd] } }.`,
    );
  }
  const layers = [...(recipe ? [recipeLayer(recipe)] : []), { from: where, values }, ...said.layers];
  return { layers, recipe, arms, seeds, where };
}

/**
 * One run of what was read, with the defaults filled in.
 * @param arm the arm's name where there are arms. An arm without plugins trains alone: it gets no teacher.
 * @throws KdxError `KDX_CONFIG` with the path of each wrong key, `KDX_ARM_UNKNOWN`, `KDX_ARM_MISSING`
 */
export function runOf(source: ConfigSource, arm?: string): RunConfig {
  const merged = mergeLayers(layersOf(source, arm));
  if (arm !== undefined && isEmpty(merged.plugins)) delete merged.teacher;
  if (source.recipe && typeof merged.data === 'string')
    merged.data = withRecipeData(merged.data, source.recipe);
  return parseRunConfig(merged, arm === undefined ? source.where : `${source.where}, arm "${arm}"`);
}

/** The layers of one run: an arm lies over the file and under the flags. */
export function layersOf(
  { layers, arms, where }: ConfigSource,
  arm: string | undefined,
): readonly ConfigLayer[] {
  const names = Object.keys(arms);
  if (arm === undefined) {
    if (names.length === 0) return layers;
    throw new KdxError(
      'KDX_ARM_MISSING',
      `${where} has the arms ${names.join(', ')}; choose one with --arm, or run all of them with "kdx bench".`,
    );
  }
  const values = arms[arm];
  if (values === undefined) {
    const there = names.length === 0 ? 'no arms' : `the arms ${names.join(', ')}`;
    throw new KdxError(
      'KDX_ARM_UNKNOWN',
      `${where} has ${there} and none called "${arm}".${didYouMean(arm, names)}`,
    );
  }
  const flags = layers.findIndex(({ from }) => from.startsWith('--'));
  const at = flags < 0 ? layers.length : flags;
  return [...layers.slice(0, at), { from: `arm ${arm}`, values }, ...layers.slice(at)];
}

const isEmpty = (plugins: unknown): boolean =>
  plugins === undefined || plugins === '' || (Array.isArray(plugins) && plugins.length === 0);

const isArms = (arms: unknown): arms is ConfigSource['arms'] =>
  typeof arms === 'object' &&
  arms !== null &&
  !Array.isArray(arms) &&
  Object.values(arms).every((arm) => typeof arm === 'object' && arm !== null && !Array.isArray(arm));
