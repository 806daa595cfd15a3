import { type KdxError, keyedRng } from '@kdx/tensor';
import type { DataSource } from '../contracts/data.js';
import type { ModelRecipe } from '../contracts/model.js';
import type { Plugin } from '../contracts/plugin.js';
import type { RunRng } from '../contracts/slot.js';
import { kdxError } from '../errors.js';
import { runSettings } from '../settings/settings.js';
import { presence } from './capabilities.js';
import { HookDriver } from './hook-driver.js';
import { configurePlugin } from './plugin-phases.js';
import { PluginRegistry } from './plugin-registry.js';
import { type Resolvers, resolveData, resolveModel } from './resolve-names.js';
import { resolvePlugins } from './resolve-plugins.js';
import { RunContainer } from './run-container.js';
import { Slots } from './slots.js';
import { RNG, SETTINGS } from './tokens.js';

/** Names of models and data sets as plugins know them, without a run. */
export interface NameResolution {
  /** @throws KdxError `KDX_MODEL_UNKNOWN`, and what the plugin's hook `resolveModel` throws */
  model(name: string): Promise<ModelRecipe>;
  /** @throws KdxError `KDX_DATA_UNKNOWN`, and what the plugin's hook `resolveData` throws */
  data(spec: string): Promise<DataSource>;
  /** Runs the plugins' `close` hooks. */
  close(): Promise<void>;
}

export interface NameResolutionOptions {
  /** Asked when no plugin knows a name. */
  readonly resolvers?: Resolvers;
  /** Receives what plugins log while they are configured. */
  readonly onLog?: (plugin: string, message: string) => void;
  /** How long one call of a plugin's hook may take, in milliseconds. Default 5 minutes. */
  readonly hookTimeoutMs?: number;
}

/**
 * Lets plugins resolve names outside a run, as `kdx eval --plugins` needs it: runs each plugin's `configure()`, which is
 * where it hooks `resolveModel` and `resolveData`, and nothing else of it. There is no student, so a plugin that adapts
 * one is refused.
 * @throws KdxError `KDX_PLUGIN_…`, `KDX_ADAPT_NO_STUDENT`
 */
export async function resolveNamesBy(
  plugins: readonly Plugin[],
  { resolvers, onLog = () => {}, hookTimeoutMs }: NameResolutionOptions = {},
): Promise<NameResolution> {
  const hooks = new HookDriver({ timeoutMs: hookTimeoutMs });
  const resolved = resolvePlugins(plugins);
  const settings = runSettings.parse({});
  const rng: RunRng = (...purpose) => keyedRng(settings.seed, ...purpose);
  const container = new RunContainer();
  container.provide(SETTINGS, settings);
  container.provide(RNG, rng);
  const registry = new PluginRegistry({
    settings,
    directory: undefined,
    hooks,
    slots: new Slots(),
    rng,
    container,
    told: resolved.told,
    has: presence(resolved, { teachers: 0, adaptations: [] }),
    onLog,
  });
  for (const plugin of resolved.ordered) {
    await configurePlugin(registry, plugin, {
      recipe: {
        get current(): ModelRecipe {
          throw noStudent(plugin.definition.name);
        },
        adapt: () => {
          throw noStudent(plugin.definition.name);
        },
      },
      teachers: 0,
      adaptations: [],
    });
  }
  return {
    model: (name) => resolveModel(name, hooks, resolvers),
    data: (spec) => resolveData(spec, hooks, resolvers),
    close: async () => {
      await hooks.all('close');
    },
  };
}

const noStudent = (plugin: string): KdxError =>
  kdxError(
    'KDX_ADAPT_NO_STUDENT',
    `Plugin "${plugin}" needs the student of a run and there is no run here; name only plugins that bring data or models.`,
  );
