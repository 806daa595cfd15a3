import { didYouMean } from '@kdx/tensor';
import type { Model } from '../contracts/model.js';
import type { HelperModule } from '../contracts/module.js';
import type { RunRng } from '../contracts/slot.js';
import type { Ref, Term } from '../contracts/term.js';
import { kdxError } from '../errors.js';
import { checkedSchedule } from '../expected/checked-schedule.js';
import { constant } from '../schedule/constant.js';
import type { RunSettings } from '../settings/settings.js';
import { buildModule } from './build-module.js';
import { checkGroup, checkModelRef } from './checks.js';
import type { ComposedModule, ComposedTerm } from './composition.js';
import type { HookDriver } from './hook-driver.js';
import { tooLate } from './plugin-errors.js';
import { type ParsedRef, parseRef } from './refs.js';
import type { PluginSet } from './resolve-plugins.js';
import type { RunContainer } from './run-container.js';
import type { Slots } from './slots.js';
import { type Superseding, supersede } from './supersede.js';
import { DATA_SOURCE, RNG, TASK } from './tokens.js';

/** What contexts are made of. */
export interface Engine {
  readonly settings: RunSettings;
  /** The run's folder, if it has one. */
  readonly directory: string | undefined;
  readonly hooks: HookDriver;
  readonly slots: Slots;
  readonly rng: RunRng;
  /** The run's services; each plugin gets a child of it. */
  readonly container: RunContainer;
  /** A plugin as messages name it. */
  readonly told: (plugin: string) => string;
  /** Whether the run has a capability, as far as plugins and teachers give it. */
  readonly has: (capability: string) => boolean;
  readonly onLog: (plugin: string, message: string) => void;
}

/** Where a plugin stands: what it may still do, and what it can inject. */
export type WiringPhase = 'configure()' | 'setup()' | 'wired';

/** Collects what plugins register, prefixed with their names, until the run is wired. */
export class PluginRegistry {
  readonly #terms = new Map<string, ComposedTerm>();
  readonly #modules = new Map<string, ComposedModule>();
  readonly #parametersOf = new Set<string>();
  readonly #superseded: Superseding[] = [];
  readonly #containers = new Map<string, RunContainer>();
  #phase: WiringPhase = 'configure()';

  constructor(readonly engine: Engine) {}

  get phase(): WiringPhase {
    return this.#phase;
  }

  /** @throws KdxError `KDX_FROZEN` once the run is wired. */
  refuseLate(plugin: string, what: string): void {
    if (this.#phase === 'wired') throw tooLate(plugin, what, 'setup()');
  }

  /** The services that a plugin sees: its own, then the run's. */
  containerOf(plugin: string): RunContainer {
    const known = this.#containers.get(plugin);
    if (known) return known;
    const { container, rng } = this.engine;
    const own = container.child();
    own.provide(RNG, (...purpose) => rng('plugin', plugin, ...purpose));
    this.#containers.set(plugin, own);
    return own;
  }

  /** From here on models exist. */
  beginSetup(): void {
    this.#phase = 'setup()';
  }

  /**
   * Ends registration.
   * @throws KdxError `KDX_SUPERSEDE`, `KDX_TERM_UNKNOWN`
   */
  freeze(plugins: PluginSet): {
    terms: readonly ComposedTerm[];
    modules: ReadonlyMap<string, ComposedModule>;
    parametersOf: ReadonlySet<string>;
  } {
    this.#phase = 'wired';
    supersede(this.#terms, this.#superseded, plugins);
    const terms = [...this.#terms.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    const modules = new Map([...this.#modules].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { terms, modules, parametersOf: this.#parametersOf };
  }

  dispose(): void {
    for (const { store } of this.#modules.values()) store.dispose();
  }

  /** A plugin asked for a parameter of this model. */
  usesParametersOf(model: string): void {
    this.#parametersOf.add(model);
  }

  supersede(superseding: Superseding): void {
    this.#superseded.push(superseding);
  }

  /** @throws KdxError `KDX_TERM_TWICE`, `KDX_TERM_GROUP`, `KDX_REF`, `KDX_TAP_UNKNOWN`, `KDX_MODULE_UNKNOWN` */
  addTerm(plugin: string, term: Term, models: ReadonlyMap<string, Model>): void {
    const id = `${plugin}/${term.id}`;
    if (this.#terms.has(id)) {
      throw kdxError(
        'KDX_TERM_TWICE',
        `Plugin "${plugin}" adds the term ${id} twice; give the second another id.`,
      );
    }
    checkGroup(term.group, `Term ${id}`);
    const reads = this.#parse(term.reads, models, id);
    this.#terms.set(id, {
      id,
      plugin,
      group: term.group,
      formula: term.formula,
      weight:
        typeof term.weight === 'object'
          ? checkedSchedule(term.weight, plugin, `The weight of term ${id}`)
          : constant(term.weight ?? 1),
      reads,
      trains: term.trains ?? this.#learners(reads),
      compute: (step) => term.compute(step),
    });
  }

  /** @throws KdxError `KDX_MODULE_TWICE`, `KDX_MODULE_OUTPUT` and what {@link addTerm} throws for its inputs */
  addModule(plugin: string, name: string, module: HelperModule, models: ReadonlyMap<string, Model>): Ref {
    const id = `${plugin}/${name}`;
    if (this.#modules.has(id)) {
      throw kdxError(
        'KDX_MODULE_TWICE',
        `Plugin "${plugin}" adds the module ${id} twice; give the second another name.`,
      );
    }
    const inputs = this.#parse(module.inputs, models, `module ${id}`);
    const shapes = [...inputs.values()].map((ref) => this.#shapeOf(ref, models));
    const { settings, rng } = this.engine;
    this.#modules.set(id, buildModule({ id, plugin, module, inputs, shapes, epochs: settings.epochs, rng }));
    return `module.${id}`;
  }

  #parse(refs: readonly Ref[], models: ReadonlyMap<string, Model>, reader: string): Map<Ref, ParsedRef> {
    const parsed = new Map<Ref, ParsedRef>();
    for (const ref of refs) {
      const target = parseRef(ref);
      checkModelRef(target, models, reader);
      if (target.kind === 'module' && !this.#modules.has(target.module)) {
        const hint = didYouMean(target.module, [...this.#modules.keys()]);
        throw kdxError(
          'KDX_MODULE_UNKNOWN',
          `${reader} reads module "${target.module}", which no plugin has added before it.${hint}`,
        );
      }
      parsed.set(ref, target);
    }
    return parsed;
  }

  /** Whom a gradient can reach from here: modules, and the student directly or through a module's inputs. */
  #learners(reads: ReadonlyMap<Ref, ParsedRef>): readonly string[] {
    const learners = new Set<string>();
    for (const [ref, parsed] of reads) {
      if (parsed.kind === 'module') {
        learners.add(ref);
        const inputs = (this.#modules.get(parsed.module) as ComposedModule).inputs;
        for (const learner of this.#learners(inputs)) learners.add(learner);
      } else if ('model' in parsed && parsed.model === 'student') learners.add('student');
    }
    return [...learners].sort();
  }

  #shapeOf(ref: ParsedRef, models: ReadonlyMap<string, Model>): readonly number[] {
    const { container } = this.engine;
    switch (ref.kind) {
      case 'images':
        return (models.get('student') as Model).spec.inputSize;
      case 'targets':
        return container.get(TASK).targetShape(container.get(DATA_SOURCE));
      case 'module':
        return (this.#modules.get(ref.module) as ComposedModule).outputShape;
      case 'tap':
        return (models.get(ref.model) as Model).taps().get(ref.path) as readonly number[];
      default:
        return [(models.get(ref.model) as Model).spec.classes];
    }
  }
}
