import { quoted } from '@kdx/core/text';
import { didYouMean, type KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { loadRecipe, type Recipe, recipeLayer, withRecipeData } from '../recipes/recipe.js';
import { armText, checkArmName, checkArmNames } from './arm-name.js';
import { findConfig } from './find-config.js';
import { loadConfig } from './load-config.js';
import { type ConfigLayer, mergeLayers, originOf } from './merge-layers.js';
import { parseRunConfig, type RunConfig } from './run-config.js';

/** What an arm changes. */
export type Arm = Readonly<Record<string, unknown>>;

/** All that was said of a run or a comparison: a recipe under a file under the flags. */
export interface ConfigSource {
  /** Undermost first. */
  readonly layers: readonly ConfigLayer[];
  readonly recipe: Recipe | undefined;
  /** By name, in order: the first is what others are compared with. */
  readonly arms: ReadonlyMap<string, Arm>;
  readonly seeds: readonly number[] | undefined;
  /** Named first in errors: the file, or `The command line`. */
  readonly where: string;
}

/** What the command line says besides the settings. */
export interface SaidOnTop {
  /** A config file; without one the `kdx.config.*` of the current folder counts. */
  readonly file: string | undefined;
  readonly recipe: string | undefined;
  readonly layers: readonly ConfigLayer[];
  /** Called with a file that was found and not named, since nothing on the command line says that it counts. */
  readonly onFound?: (file: string) => void;
}

/**
 * Reads what a command is given.
 * @throws KdxError `KDX_CONFIG…`, `KDX_RECIPE…`
 */
export async function readConfig(said: SaidOnTop): Promise<ConfigSource> {
  const file = said.file ?? findConfig(process.cwd());
  if (file !== undefined && said.file === undefined) said.onFound?.(file);
  const where = file ?? 'The command line';
  const given = file === undefined ? {} : await loadConfig(file);
  const { $schema, recipe: named, arms, seeds, ...values } = given;
  if (named !== undefined && typeof named !== 'string') {
    throw kdxError('KDX_CONFIG', `${where}: recipe takes a name and got ${JSON.stringify(named)}.`);
  }
  const name = said.recipe ?? named;
  const recipe = name === undefined ? undefined : await loadRecipe(name);
  return {
    layers: [...(recipe ? [recipeLayer(recipe)] : []), { from: where, values }, ...said.layers],
    recipe,
    arms: readArms(arms, where),
    seeds: seeds === undefined ? undefined : readSeeds(seeds, where),
    where,
  };
}

interface RunOfOptions {
  /** For a comparison, whose flags are common to all arms: what an arm says then lies above them. Default false. */
  readonly armOnTop?: boolean;
}

/**
 * One run of what was read, with the defaults filled in.
 * @param arm the arm's name where there are arms. An arm without plugins trains alone: it gets no teacher.
 * @throws KdxError `KDX_CONFIG` with the path of each wrong key, `KDX_ARM_UNKNOWN`, `KDX_ARM_MISSING`
 */
export function runOf(source: ConfigSource, arm?: string, options?: RunOfOptions): RunConfig {
  const layers = layersOf(source, arm, options);
  const merged = mergeLayers(layers);
  if (arm !== undefined && isEmpty(merged.plugins)) delete merged.teacher;
  if (source.recipe && typeof merged.data === 'string')
    merged.data = withRecipeData(merged.data, source.recipe);
  const where = arm === undefined ? source.where : `${source.where}, arm "${arm}"`;
  return parseRunConfig(merged, where, (key) => originOf(layers, [key], merged[key]));
}

/** The layers of one run, undermost first. @throws KdxError `KDX_ARM_UNKNOWN`, `KDX_ARM_MISSING` */
export function layersOf(
  { layers, arms, where }: ConfigSource,
  arm: string | undefined,
  { armOnTop = false }: RunOfOptions = {},
): readonly ConfigLayer[] {
  const names = [...arms.keys()];
  if (arm === undefined) {
    if (names.length === 0) return layers;
    throw kdxError(
      'KDX_ARM_MISSING',
      `${where} has the arms ${names.map(armText).join(', ')}; choose one with --arm, or run all of them with "kdx bench".`,
    );
  }
  const values = arms.get(arm);
  if (values === undefined) throw armUnknown(arm, names, where);
  const flags = armOnTop ? -1 : layers.findIndex(({ from }) => from.startsWith('--'));
  const at = flags < 0 ? layers.length : flags;
  return [...layers.slice(0, at), { from: `${where}, arm "${arm}"`, values }, ...layers.slice(at)];
}

export function armUnknown(arm: string, names: readonly string[], where: string): KdxError {
  const there = names.length === 0 ? 'no arms' : `the arms ${names.map(armText).join(', ')}`;
  return kdxError(
    'KDX_ARM_UNKNOWN',
    `${where} has ${there} and none called "${arm}"; --arm ${quoted(`${arm}=PLUGINS`)} makes one.${didYouMean(arm, names)}`,
  );
}

/** @throws KdxError `KDX_CONFIG` for what are no different whole numbers */
export function readSeeds(seeds: unknown, where: string): readonly number[] {
  const isSeed = (seed: unknown): boolean => Number.isInteger(seed) && (seed as number) >= 0;
  const sound = Array.isArray(seeds) && seeds.length > 0 && seeds.every(isSeed);
  if (sound && new Set(seeds).size === seeds.length) return seeds as number[];
  throw kdxError(
    'KDX_CONFIG',
    `${where}: seeds takes different whole numbers of at least 0 and got ${JSON.stringify(seeds)}.`,
  );
}

function readArms(arms: unknown, where: string): ReadonlyMap<string, Arm> {
  if (arms === undefined) return new Map();
  if (!isObject(arms) || !Object.values(arms).every(isObject)) {
    throw kdxError(
      'KDX_CONFIG',
      `${where}: arms takes an object of what each arm changes, e.g. arms: { plain: {}, kd: { plugins: [kd] } }.`,
    );
  }
  for (const [name, arm] of Object.entries(arms as Record<string, Arm>)) {
    checkArmName(name, where);
    if (/^\d+$/.test(name)) throw numbered(name, where);
    const taken = ['seed', 'out'].find((key) => key in arm);
    if (taken === undefined) continue;
    throw kdxError(
      'KDX_CONFIG',
      `${where}, arm "${name}": ${taken} is the same for all arms; use ${taken === 'seed' ? 'seeds at the top of the file, or --seeds' : '--out'}.`,
    );
  }
  checkArmNames(Object.keys(arms), where);
  return new Map(Object.entries(arms as Record<string, Arm>));
}

/** JavaScript puts keys that are whole numbers first, and the order of arms says which one is the baseline. */
const numbered = (name: string, where: string): KdxError =>
  kdxError(
    'KDX_CONFIG',
    `${where}: an arm called ${name} would lose its place in the order of the arms; add a word to its name, such as "arm ${name}".`,
  );

const isEmpty = (plugins: unknown): boolean =>
  plugins === undefined || plugins === '' || (Array.isArray(plugins) && plugins.length === 0);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
