import type { BackendInfo } from '@kdx/tensor';
import { keyedRng } from '@kdx/tensor';
import type { DataSource } from '../contracts/data.js';
import type { Model, ModelRecipe } from '../contracts/model.js';
import type { Plugin } from '../contracts/plugin.js';
import type { RunRng } from '../contracts/slot.js';
import { checkPlan } from '../plan/check-plan.js';
import { planOf } from '../plan/plan.js';
import type { RunWarning } from '../plan/warning.js';
import type { RunSettings } from '../settings/settings.js';
import { buildModels } from './build-models.js';
import { checkCapabilities, presence } from './capabilities.js';
import { checkLastBatch } from './check-last-batch.js';
import { checkBest, checkHeadRule, checkLogitReaders } from './checks.js';
import type { Composition } from './composition.js';
import { HookDriver } from './hook-driver.js';
import type { SlowHook } from './hook-times.js';
import { openData } from './open-data.js';
import { planEpochs } from './plan-epochs.js';
import { configurePlugin, setUpPlugin } from './plugin-phases.js';
import { PluginRegistry } from './plugin-registry.js';
import { provideBuilt, provideChosen, provideGiven } from './provide-services.js';
import type { Resolvers } from './resolve-names.js';
import { type PluginSet, resolvePlugins } from './resolve-plugins.js';
import { StudentRecipe } from './resolve-student.js';
import { RunContainer } from './run-container.js';
import { samplerOf } from './sampler-of.js';
import { type Claim, checkSlots, Slots, slotWords } from './slots.js';
import { addTaskTerms, taskOf } from './task-of.js';
import { DATA_SOURCE, HEAD_RULE, LEARNING_RATE, LOSS_BALANCE, OPTIMIZER, SAMPLER, TASK } from './tokens.js';

export type { Resolvers } from './resolve-names.js';

/** What a run is made of, before it is wired. Names are turned into recipes by `resolvers`. */
export interface RunSpec {
  readonly student: ModelRecipe | string;
  /** Frozen; a Model that is already built may be shared by several runs and is not disposed with them. */
  readonly teachers?: readonly (ModelRecipe | Model | string)[];
  readonly data: DataSource | string;
  readonly plugins: readonly (Plugin | false | null | undefined | '')[];
  readonly settings: RunSettings;
  readonly backend: BackendInfo;
  readonly resolvers?: Resolvers;
  /** The run's folder, if it has one. */
  readonly directory?: string;
  /** Gets what plugins log while they are set up. */
  readonly onLog?: (plugin: string, message: string) => void;
  /** How long a plugin's hook may take in one call, in milliseconds. Default 5 minutes. */
  readonly hookTimeoutMs?: number;
  /** Told once of each plugin and hook that holds the run up. */
  readonly onSlowHook?: (slow: SlowHook) => void;
}

/**
 * Wires a run: plugins in order, names resolved, student adapted and built, terms and helpers registered, slots
 * settled, everything checked. Nothing can be added afterwards.
 * @throws KdxError for whatever does not fit, before the first step.
 */
export async function compose(spec: RunSpec): Promise<Composition> {
  const { settings, resolvers } = spec;
  checkBest(settings);
  const teacherCount = spec.teachers?.length ?? 0;
  const { hooks, recipe, plugins, container, slots, rng, registry } = await startWiring(spec);

  const built: Model[] = [];
  const dispose = (): void => {
    registry.dispose();
    for (const model of built) model.dispose();
  };
  try {
    const adaptations = await configureAll(registry, plugins, { recipe, teachers: teacherCount });

    const { task, owner } = taskOf(plugins);
    container.provide(TASK, task);
    const early = slots.settle(plugins);
    checkSlots(early);
    const data = await openData(spec.data, early.get(DATA_SOURCE)?.value as DataSource | undefined, {
      hooks,
      resolvers,
    });
    const warnings: RunWarning[] = [...(task.warnings?.(data) ?? [])];
    const { student, teachers } = await buildModels({
      student: recipe.current,
      teachers: spec.teachers ?? [],
      data,
      classes: task.outputs(data),
      seed: settings.seed,
      hooks,
      resolvers,
      onBuilt: (model) => void built.push(model),
      onWarning: (warning) => void warnings.push(warning),
    });
    const sampler = samplerOf(early.get(SAMPLER), settings);
    const { showings, stepsPerEpoch } = planEpochs({ data, settings, rng, sampler });
    checkLastBatch(student, { showings, imageSize: data.imageSize }, settings, rng);
    provideBuilt(container, { data, student, teachers, sampler });

    for (const plugin of plugins.ordered) {
      if (plugin.definition.name === owner) addTaskTerms(registry, owner, task, { student, teachers });
      await setUpPlugin(registry, plugin, { student, teachers, stepsPerEpoch });
    }
    const { terms, modules, parametersOf } = registry.freeze(plugins);

    const held = slots.settle(plugins);
    checkSlots(held, early);
    provideChosen(container, settings, held);
    logYielded(registry, plugins, held);

    const headRule = container.get(HEAD_RULE);
    checkHeadRule(headRule, student);
    checkLogitReaders(terms, teachers, student, data.name);
    const composition: Composition = Object.freeze({
      settings,
      data,
      student,
      teachers,
      adaptations,
      plugins,
      terms,
      modules,
      task,
      parametersOf,
      headRule,
      ...chosenServices(container, held, settings),
      rng,
      hooks,
      container,
      stepsPerEpoch,
      showings,
      sampler,
      warnings,
      dispose,
    });
    checkPlan(planOf(composition));
    return composition;
  } catch (error) {
    // Plugins close what they opened although the run never began; the first error is the one to report.
    await hooks.all('close');
    dispose();
    throw error;
  }
}

/** What a run is wired with: its plugins in order, its container, and who registers what. */
async function startWiring(spec: RunSpec) {
  const { settings, resolvers } = spec;
  const hooks = new HookDriver({ timeoutMs: spec.hookTimeoutMs, onSlow: spec.onSlowHook });
  const recipe = new StudentRecipe(spec.student, hooks, resolvers);
  // Plugin errors take precedence, so errors about the student are reported later.
  await recipe.look().catch(() => {});
  const plugins = resolvePlugins(spec.plugins, { student: recipe.known });
  const rng: RunRng = (...purpose) => keyedRng(settings.seed, ...purpose);
  const container = new RunContainer();
  provideGiven(container, { settings, backend: spec.backend, rng });
  const slots = new Slots();
  const registry = new PluginRegistry({
    settings,
    directory: spec.directory,
    hooks,
    slots,
    rng,
    container,
    told: plugins.told,
    has: presence(plugins, { teachers: spec.teachers?.length ?? 0 }),
    onLog: spec.onLog ?? (() => {}),
  });
  return { hooks, recipe, plugins, container, slots, rng, registry };
}

/** The services that settings or plugins choose, and the plugins that hold them. */
const chosenServices = (
  container: RunContainer,
  held: ReadonlyMap<symbol, Claim>,
  { headRule }: RunSettings,
) => ({
  balance: container.get(LOSS_BALANCE),
  balanceOwner: held.get(LOSS_BALANCE)?.plugin,
  headRuleOwner: headRule ? undefined : held.get(HEAD_RULE)?.plugin,
  learningRate: container.get(LEARNING_RATE),
  rateOwner: held.get(LEARNING_RATE)?.plugin,
  optimizer: container.get(OPTIMIZER),
});

/** First phase of all plugins. Gives which adaptation of the student which plugin asked for. */
async function configureAll(
  registry: PluginRegistry,
  plugins: PluginSet,
  { recipe, teachers }: { readonly recipe: StudentRecipe; readonly teachers: number },
): Promise<Composition['adaptations']> {
  const adaptations: { adaptation: string; plugin: string }[] = [];
  checkCapabilities(plugins, { teachers });
  for (const plugin of plugins.ordered) {
    await recipe.look();
    await configurePlugin(registry, plugin, { recipe, teachers, adaptations });
  }
  await recipe.look();
  checkCapabilities(plugins, { teachers, adaptations: recipe.current.supports });
  return adaptations;
}

/** Defaults give way without a message; what a user asked for does not. */
function logYielded({ engine }: PluginRegistry, plugins: PluginSet, held: ReadonlyMap<symbol, Claim>): void {
  for (const { slot, plugin, to } of engine.slots.yielded(held)) {
    if (!plugins.withOwnOptions.has(plugin)) continue;
    engine.onLog(plugin, `its ${slotWords(slot)} gives way to that of ${to}, which brings it`);
  }
}
