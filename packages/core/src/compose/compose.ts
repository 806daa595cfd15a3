import type { BackendInfo } from '@kdx/tensor';
import { keyedRng } from '@kdx/tensor';
import { EpochOrder, sampledEpoch } from '../batch/epoch-order.js';
import { checkRepeats } from '../batch/repeated-augmentation.js';
import { checkRepeatable } from '../batch/samplers.js';
import type { DataSource } from '../contracts/data.js';
import type { HeadRule, Model, ModelRecipe } from '../contracts/model.js';
import type { Plugin } from '../contracts/plugin.js';
import { type RunRng, type Token } from '../contracts/slot.js';
import type { LossBalance } from '../contracts/term.js';
import { buildModel } from '../expected/checked-recipe.js';
import { ownSource } from '../expected/checked-source.js';
import { dataSource } from '../expected/kinds.js';
import { expectShape } from '../expected/shape.js';
import { slotValue } from '../expected/slot-values.js';
import { checkPlan } from '../plan/check-plan.js';
import { planOf } from '../plan/plan.js';
import type { RunWarning } from '../plan/warning.js';
import { learningRateOf, optimizerOf } from '../settings/from-settings.js';
import type { RunSettings } from '../settings/settings.js';
import { checkFiniteModel } from '../weights/finite-state.js';
import { compareModel } from '../weights/weight-facts.js';
import { checkCapabilities, presence } from './capabilities.js';
import { checkLastBatch } from './check-last-batch.js';
import { checkBest, checkHeadRule, checkLogitReaders, checkSteps } from './checks.js';
import type { Composition } from './composition.js';
import { createContainer, register, resolve } from './container.js';
import { emptyClasses } from './empty-classes.js';
import { HookDriver } from './hook-driver.js';
import type { SlowHook } from './hook-times.js';
import { PluginRegistry } from './plugin-context.js';
import { type Resolvers, resolveData, resolveModel } from './resolve-names.js';
import { resolvePlugins } from './resolve-plugins.js';
import { StudentRecipe } from './resolve-student.js';
import { samplerOf } from './sampler-of.js';
import { checkSlots, Slots, slotWords } from './slots.js';
import {
  BACKEND,
  DATA_SOURCE,
  HEAD_RULE,
  LEARNING_RATE,
  LOSS_BALANCE,
  OPTIMIZER,
  RNG,
  SAMPLER,
  SETTINGS,
  STUDENT,
  TEACHERS,
} from './tokens.js';

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
  const { settings } = spec;
  checkBest(settings);
  const hooks = new HookDriver({ timeoutMs: spec.hookTimeoutMs, onSlow: spec.onSlowHook });
  const recipe = new StudentRecipe(spec.student, hooks, spec.resolvers);
  // Whatever is wrong with the student is told after what is wrong with the plugins.
  await recipe.look().catch(() => {});
  const plugins = resolvePlugins(spec.plugins, { student: recipe.known });
  const slots = new Slots();
  const rng: RunRng = (...purpose) => keyedRng(settings.seed, ...purpose);
  const teacherCount = spec.teachers?.length ?? 0;
  const registry = new PluginRegistry({
    settings,
    directory: spec.directory,
    hooks,
    slots,
    rng,
    told: plugins.told,
    has: presence(plugins, { teachers: teacherCount }),
    onLog: spec.onLog ?? (() => {}),
  });

  const built: Model[] = [];
  try {
    const adaptations: { adaptation: string; plugin: string }[] = [];
    checkCapabilities(plugins, { teachers: teacherCount });
    for (const plugin of plugins.ordered) {
      await recipe.look();
      await registry.configure(plugin, { recipe, teachers: teacherCount, adaptations });
    }
    await recipe.look();
    const studentRecipe = recipe.current;
    checkCapabilities(plugins, { teachers: teacherCount, adaptations: studentRecipe.supports });

    const early = slots.settle(plugins);
    checkSlots(early);
    if (typeof spec.data !== 'string') expectShape(dataSource, spec.data, 'The data', 'KDX_DATA_SHAPE');
    const opened =
      (early.get(DATA_SOURCE)?.value as DataSource) ?? (await resolveData(spec.data, hooks, spec.resolvers));
    const data = ownSource(await hooks.waterfall('data', dataSource, opened));
    const warnings: RunWarning[] = emptyClasses(data);
    const fit = {
      classes: data.classNames.length,
      imageSize: data.imageSize,
      mean: data.mean,
      std: data.std,
      classNames: data.classNames,
      onWarning: (warning: RunWarning) => void warnings.push(warning),
    };
    const student = await buildModel(studentRecipe, { ...fit, seed: settings.seed });
    built.push(student);
    const teachers: Model[] = [];
    for (const given of spec.teachers ?? []) {
      if (typeof given !== 'string' && 'forward' in given) {
        await checkFiniteModel(given, `The teacher ${given.spec.name}`);
        warnings.push(...compareModel(given, data));
        teachers.push(given);
        continue;
      }
      const recipe = typeof given === 'string' ? await resolveModel(given, hooks, spec.resolvers) : given;
      const teacher = await buildModel(recipe, fit);
      built.push(teacher);
      teachers.push(teacher);
    }
    const sampler = samplerOf(early.get(SAMPLER), settings);
    const { showings } = new EpochOrder({ data, settings, rng, sampler });
    checkRepeats(settings, { name: data.name, images: data.train.length, showings });
    const stepsPerEpoch = checkSteps(settings, data, showings);
    if (sampler) checkRepeatable(sampler, () => sampledEpoch(data, rng, 0));
    checkLastBatch(student, { showings, imageSize: data.imageSize }, settings, rng);

    for (const plugin of plugins.ordered) {
      await registry.setup(plugin, { student, teachers, stepsPerEpoch });
    }
    const { terms, modules, parametersOf } = registry.freeze(plugins);

    const held = slots.settle(plugins);
    checkSlots(held, early);
    const container = createContainer();
    register(container, SETTINGS, settings);
    register(container, BACKEND, spec.backend);
    register(container, DATA_SOURCE, data);
    register(container, STUDENT, student);
    register(container, TEACHERS, teachers);
    register(container, RNG, rng);
    register(container, OPTIMIZER, optimizerOf(settings));
    register(container, LEARNING_RATE, learningRateOf(settings));
    register(container, LOSS_BALANCE, {});
    register(container, HEAD_RULE, 'class');
    for (const [slot, claim] of held) register(container, slot as Token<unknown>, slotValue(slot, claim));
    register(container, SAMPLER, sampler);
    if (settings.headRule) register(container, HEAD_RULE, settings.headRule);
    // Defaults give way in silence; what a user asked for does not.
    for (const { slot, plugin, to } of slots.yielded(held)) {
      if (!plugins.withOwnOptions.has(plugin)) continue;
      registry.engine.onLog(plugin, `its ${slotWords(slot)} gives way to that of ${to}, which brings it`);
    }

    const headRule = resolve<HeadRule>(container, HEAD_RULE);
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
      parametersOf,
      balance: resolve<LossBalance>(container, LOSS_BALANCE),
      balanceOwner: held.get(LOSS_BALANCE)?.plugin,
      headRule,
      headRuleOwner: settings.headRule ? undefined : held.get(HEAD_RULE)?.plugin,
      rateOwner: held.get(LEARNING_RATE)?.plugin,
      hooks,
      container,
      stepsPerEpoch,
      showings,
      sampler,
      warnings,
      dispose: () => {
        registry.dispose();
        for (const model of built) model.dispose();
      },
    });
    checkPlan(planOf(composition));
    return composition;
  } catch (error) {
    // What a plugin opened it closes, though the run never was; the first error is the one to tell.
    await hooks.all('close');
    registry.dispose();
    for (const model of built) model.dispose();
    throw error;
  }
}
