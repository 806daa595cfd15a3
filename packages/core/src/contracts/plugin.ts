import type { Parameter } from '@kdx/tensor';
import type { z } from 'zod';
import type { PluginCommand } from './command.js';
import type { LayerFeature } from './feature.js';
import type { HookName, Hooks } from './hook.js';
import type { Adaptations, HeadRule, Model, ModelRecipe } from './model.js';
import type { HelperModule } from './module.js';
import type { RunRng, Token } from './slot.js';
import type { Task } from './task.js';
import type { LossBalance, Ref, Term } from './term.js';

/** Version of the contract between engine and plugins; a plugin states the range it was written for. */
export const PLUGIN_API_VERSION = '1.1.0';

/** What both phases of a plugin can do. */
interface BaseContext {
  /** The plugin's name, which prefixes all it registers. */
  readonly plugin: string;
  readonly epochs: number;
  /** The run's folder, where a plugin may leave files of its own; undefined where the run keeps nothing. */
  readonly directory: string | undefined;
  /** Whether the run has a capability: `teacher`, `plugin:<name>`, or what a plugin `offers`, in whatever order they come. */
  has(capability: string): boolean;
  /** Contributes to a place of the engine. Order among plugins: by `brings`, then by name. */
  hook<N extends HookName>(name: N, run: Hooks[N]): void;
  /**
   * Claims an exclusive slot of the run's container. Of two plugins that claim one, the one that brings the other
   * wins; otherwise the run is refused with `KDX_SLOT_TWICE`. Data and sampler are claimed in `configure()`. A token of the
   * plugin's own, made with `token()`, offers a service to other plugins.
   * @throws KdxError `KDX_SLOT_RESERVED` for what the run makes itself, `KDX_PLUGIN_VALUE`, `KDX_FROZEN`
   */
  provide<T>(slot: Token<T>, value: T): void;
  /**
   * A service of the run by its token, such as `SETTINGS` or `EVENT_STREAM`; `RNG` gives this plugin's own random streams. Works in
   * hooks too, where every service exists.
   * @throws KdxError `KDX_INJECT_EARLY` where the run makes it later, `KDX_INJECT_MISSING` where nothing provides it
   */
  inject<T>(token: Token<T>): T;
  /** Claims the weights of the loss groups over epochs. */
  balance(balance: LossBalance): void;
  /** Claims which head, or fusion of heads, is evaluated and exported. */
  headRule(rule: HeadRule): void;
  /** Keyed random streams of this plugin. */
  readonly rng: RunRng;
  /** A line in the run's log, prefixed with the plugin's name. */
  log(message: string): void;
}

/** First phase: before the models are built. */
export interface ConfigureContext extends BaseContext {
  readonly student: ModelRecipe;
  /** How many teachers the run has. */
  readonly teachers: number;
  /** Asks for a change of the student's architecture. @throws KdxError `KDX_ADAPT_UNSUPPORTED`. */
  adaptStudent<K extends keyof Adaptations>(adaptation: K, value: Adaptations[K]): void;
}

/** Second phase: models exist, terms and helper modules are registered. */
export interface PluginContext extends BaseContext {
  readonly student: Model;
  /** The first teacher. @throws KdxError `KDX_TEACHER_MISSING` when the run has none. */
  readonly teacher: Model;
  readonly teachers: readonly Model[];
  /** Steps in an epoch. */
  readonly stepsPerEpoch: number;
  /**
   * Checks that a model has this tap and gives the name that terms read it by.
   * @param model `student`, `teacher`, `teacher2`, …
   * @param path of a layer, or `f0`, `f1`, … for one of `ModelSpec.features`
   * @throws KdxError `KDX_TAP_UNKNOWN` with did-you-mean.
   */
  tap(model: string, path: string): Ref;
  /**
   * What a layer gives, with its layout, grid and stride, so that a method compares layers of any two families.
   * @param model `student`, `teacher`, `teacher2`, …
   * @param path `f0`, `f1`, … for one of `ModelSpec.features`, `f1:pre`, `f1:in`, or a tap path
   * @throws KdxError `KDX_TEACHER_MISSING`, `KDX_TAP_UNKNOWN`, or `KDX_TAP_SHAPE` for what is neither maps nor tokens of a known grid
   */
  feature(model: string, path: string): LayerFeature;
  /**
   * The features of a model's stages, shallow first: f1 … f_last without the stem's f0, or all of a model that has only two or
   * one. Features that are neither maps nor tokens are left out.
   * @throws KdxError `KDX_TEACHER_MISSING`
   */
  stages(model: string): readonly LayerFeature[];
  /**
   * A parameter or buffer of a model, e.g. the scale of a batch norm. A term that reads its `variable` learns through it.
   * @throws KdxError `KDX_PARAMETER_UNKNOWN` with did-you-mean.
   */
  param(model: string, path: string): Parameter;
  /** Adds a summand of the loss; `<plugin>/<id>` in the run. */
  addTerm(term: Term): void;
  /** Adds a trainable helper and gives the name that terms read its output by. */
  addModule(name: string, module: HelperModule): Ref;
  /**
   * Switches off what this plugin makes redundant; `kdx explain` gives the reason.
   * @param terms another plugin's term, e.g. `kd/logits`, or a capability such as `task`, for all terms of those that offer it
   */
  supersede(terms: string, reason: string): void;
}

/** Names of capabilities, or what they are with certain options. */
export type Capabilities<O> = readonly string[] | ((options: O) => readonly string[]);

/** What is known of a run before its plugins are. */
export interface BringsContext {
  /** The student as it was named; undefined where only a plugin of the run knows the name. */
  readonly student: ModelRecipe | undefined;
}

/** What a plugin package exports as default, through {@link definePlugin}. */
export interface PluginDefinition<S extends z.ZodType = z.ZodType> {
  /** Short and unique, e.g. `dearkd`. */
  readonly name: string;
  readonly version: string;
  /** Semver range of {@link PLUGIN_API_VERSION} it was written for, e.g. `^1.0.0`. */
  readonly kdx: string;
  /** One line for `kdx plugins`. */
  readonly summary: string;
  /** Plugins it builds on. A user's own options for them win. */
  readonly brings?: (options: z.output<S>, run: BringsContext) => readonly Plugin[];
  /** Capabilities the run must have: `teacher`, `plugin:<name>`, `student:<adaptation>`, or a plugin's `offers`. */
  readonly requires?: Capabilities<z.output<S>>;
  /** Capabilities it cannot stand beside. */
  readonly conflicts?: Capabilities<z.output<S>>;
  /** Capabilities it adds, besides `plugin:<name>`. */
  readonly offers?: readonly string[];
  /** Commands that it brings to `kdx`; the package exports the same list from its door `./commands`. */
  readonly commands?: readonly PluginCommand[];
  /** Typed, validated and documented with `.describe()`. */
  readonly options: S;
  /**
   * The task that it brings: what labels mean, and how a student is scored. A run has exactly one (`KDX_TASK_MISSING`,
   * `KDX_TASK_TWICE`). Such a plugin offers `task`.
   */
  readonly task?: (options: z.output<S>) => Task;
  configure?(ctx: ConfigureContext, options: z.output<S>): void | Promise<void>;
  /** Left out by a plugin that only brings, provides or hooks in {@link configure}. */
  setup?(ctx: PluginContext, options: z.output<S>): void | Promise<void>;
}

/** A plugin with its options, ready for a run. */
export interface Plugin {
  readonly definition: PluginDefinition;
  /** Validated options. */
  readonly options: unknown;
  /** False when it has only defaults; such a one gives way to the user's own. */
  readonly hasOwnOptions: boolean;
}

/** Called with options it gives a {@link Plugin}; `definition` is there without calling. */
export interface PluginFactory<S extends z.ZodType = z.ZodType> {
  (options?: z.input<S>): Plugin;
  readonly definition: PluginDefinition<S>;
}
