import type { BackendInfo } from '../contracts/backend.js';
import type { DataSource } from '../contracts/data.js';
import type { HeadRule, Model, ModelRecipe } from '../contracts/model.js';
import type { Plugin } from '../contracts/plugin.js';
import type { LossBalance } from '../contracts/term.js';
import {
  BACKEND,
  DATA_SOURCE,
  HEAD_RULE,
  LEARNING_RATE,
  LOSS_BALANCE,
  OPTIMIZER,
  RNG,
  type RunRng,
  SETTINGS,
  STUDENT,
  TEACHERS,
  type Token,
} from '../contracts/tokens.js';
import { KdxError } from '../errors/kdx-error.js';
import { keyedRng } from '../random/keyed-rng.js';
import { learningRateOf, optimizerOf } from '../train/from-settings.js';
import type { RunSettings } from '../train/settings.js';
import { checkCapabilities } from './capabilities.js';
import { checkHeadRule, checkLogitReaders } from './checks.js';
import type { Composition } from './composition.js';
import { createContainer, register, resolve } from './container.js';
import { HookDriver } from './hook-driver.js';
import { baseContext, PluginRegistry } from './plugin-context.js';
import { resolvePlugins } from './resolve-plugins.js';
import { Slots } from './slots.js';

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
  /** Gets what plugins log while they are set up. */
  readonly onLog?: (plugin: string, message: string) => void;
}

/** Asked when no plugin knows a name. */
export interface Resolvers {
  model?(name: string): ModelRecipe | Promise<ModelRecipe>;
  data?(spec: string): DataSource | Promise<DataSource>;
}

/**
 * Wires a run: plugins in order, names resolved, student adapted and built, terms and helpers registered, slots
 * settled, everything checked. Nothing can be added afterwards.
 * @throws KdxError for whatever does not fit, before the first step.
 */
export async function compose(spec: RunSpec): Promise<Composition> {
  const { settings } = spec;
  const plugins = resolvePlugins(spec.plugins);
  const hooks = new HookDriver();
  const slots = new Slots();
  const rng: RunRng = (...purpose) => keyedRng(settings.seed, ...purpose);
  const registry = new PluginRegistry({ settings, hooks, slots, rng, onLog: spec.onLog ?? (() => {}) });

  const built: Model[] = [];
  try {
    const named = spec.student;
    let recipe = typeof named === 'string' ? undefined : named;
    const adaptations: { adaptation: string; plugin: string }[] = [];
    const teacherCount = spec.teachers?.length ?? 0;

    // Hooks that resolve names must be there before a name is resolved, so a student given by name is resolved when
    // the first plugin looks at it.
    const resolveStudent = async (): Promise<ModelRecipe> => {
      recipe ??= await resolveModel(named as string, hooks, spec.resolvers);
      return recipe;
    };
    for (const { definition, options } of plugins.ordered) {
      if (!definition.configure) continue;
      let current = await resolveStudent();
      await registry.guard(definition.name, 'configure', () =>
        definition.configure?.(
          {
            ...baseContext(registry, definition.name),
            get student() {
              return current;
            },
            teachers: teacherCount,
            adaptStudent: (adaptation, value) => {
              current = current.adapt(adaptation, value);
              adaptations.push({ adaptation, plugin: definition.name });
            },
          },
          options,
        ),
      );
      recipe = current;
    }
    const studentRecipe = await resolveStudent();
    checkCapabilities(plugins, { teachers: teacherCount, adaptations: studentRecipe.supports });

    const early = slots.settle(plugins.brings);
    const data = (early.get(DATA_SOURCE)?.value as DataSource) ?? (await resolveData(spec.data, hooks, spec.resolvers));
    const fit = { classes: data.classNames.length, imageSize: data.imageSize, mean: data.mean, std: data.std };
    const student = await studentRecipe.build({ ...fit, seed: settings.seed });
    built.push(student);
    const teachers: Model[] = [];
    for (const given of spec.teachers ?? []) {
      if (typeof given !== 'string' && 'forward' in given) {
        teachers.push(given);
        continue;
      }
      const teacher = await (typeof given === 'string' ? await resolveModel(given, hooks, spec.resolvers) : given).build(
        fit,
      );
      built.push(teacher);
      teachers.push(teacher);
    }
    const images = settings.batch * settings.accumulate;
    const stepsPerEpoch = Math.max(
      1,
      settings.dropLast ? Math.floor(data.train.length / images) : Math.ceil(data.train.length / images),
    );

    for (const plugin of plugins.ordered) {
      await registry.setup(plugin, { student, teachers, stepsPerEpoch });
    }
    const { terms, modules } = registry.freeze(plugins.brings);

    const held = slots.settle(plugins.brings);
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
    for (const [slot, { value }] of held) register(container, slot as Token<unknown>, value);
    if (settings.headRule) register(container, HEAD_RULE, settings.headRule);

    const headRule = resolve<HeadRule>(container, HEAD_RULE);
    checkHeadRule(headRule, student);
    checkLogitReaders(terms, teachers, student, data.name);
    return Object.freeze({
      settings,
      data,
      student,
      teachers,
      adaptations,
      plugins,
      terms,
      modules,
      balance: resolve<LossBalance>(container, LOSS_BALANCE),
      balanceOwner: held.get(LOSS_BALANCE)?.plugin,
      headRule,
      hooks,
      container,
      stepsPerEpoch,
      dispose: () => {
        registry.dispose();
        for (const model of built) model.dispose();
      },
    });
  } catch (error) {
    registry.dispose();
    for (const model of built) model.dispose();
    throw error;
  }
}

async function resolveModel(name: string, hooks: HookDriver, resolvers?: Resolvers): Promise<ModelRecipe> {
  const recipe = (await hooks.first('resolveModel', name)) ?? (await resolvers?.model?.(name));
  if (recipe) return recipe;
  throw new KdxError('KDX_MODEL_UNKNOWN', `No model is called "${name}"; "kdx models" lists them.`);
}

async function resolveData(data: DataSource | string, hooks: HookDriver, resolvers?: Resolvers): Promise<DataSource> {
  if (typeof data !== 'string') return data;
  const source = (await hooks.first('resolveData', data)) ?? (await resolvers?.data?.(data));
  if (source) return source;
  throw new KdxError('KDX_DATA_UNKNOWN', `No data source understands "${data}"; "kdx data" lists them.`);
}
