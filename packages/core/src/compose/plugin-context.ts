import { didYouMean, isKdxError, KdxError, messageOf, ParameterStore } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { Model } from '../contracts/model.js';
import type { HelperModule } from '../contracts/module.js';
import type { Plugin } from '../contracts/plugin.js';
import type { RunRng } from '../contracts/slot.js';
import type { Ref, Term } from '../contracts/term.js';
import { kdxError } from '../errors.js';
import { adaptRecipe } from '../expected/checked-recipe.js';
import { checkedSchedule } from '../expected/checked-schedule.js';
import { helperModule as moduleShape, term as termShape } from '../expected/kinds.js';
import { aFunction, expectShape, type Shape, tensor, text } from '../expected/shape.js';
import { inPlugin } from '../plugin-scope.js';
import { constant } from '../schedule/constant.js';
import { lengthInEpochs } from '../schedule/length.js';
import type { RunSettings } from '../settings/settings.js';
import { baseContext, frozen } from './base-context.js';
import { teacherMissing } from './capabilities.js';
import { checkGroup, checkModelRef, findParameter } from './checks.js';
import type { ComposedModule, ComposedTerm } from './composition.js';
import type { HookDriver } from './hook-driver.js';
import { type ParsedRef, parseRef, teacherName } from './refs.js';
import type { PluginSet } from './resolve-plugins.js';
import type { StudentRecipe } from './resolve-student.js';
import { isGaveUp, settle } from './settle.js';
import type { Slots } from './slots.js';
import { type Superseding, supersede } from './supersede.js';

interface Engine {
  readonly settings: RunSettings;
  /** The run's folder, if it has one. */
  readonly directory: string | undefined;
  readonly hooks: HookDriver;
  readonly slots: Slots;
  readonly rng: RunRng;
  /** A plugin as messages name it. */
  readonly told: (plugin: string) => string;
  /** Whether the run has a capability, as far as plugins and teachers give it. */
  readonly has: (capability: string) => boolean;
  readonly onLog: (plugin: string, message: string) => void;
}

interface Unbuilt {
  readonly recipe: Pick<StudentRecipe, 'current' | 'adapt'>;
  readonly teachers: number;
  /** Gets what is asked for. */
  readonly adaptations: { adaptation: string; plugin: string }[];
}

interface BuiltModels {
  readonly student: Model;
  readonly teachers: readonly Model[];
  readonly stepsPerEpoch: number;
}

/** Collects what plugins register, prefixed with their names, until the run is frozen. */
export class PluginRegistry {
  readonly #terms = new Map<string, ComposedTerm>();
  readonly #modules = new Map<string, ComposedModule>();
  readonly #parametersOf = new Set<string>();
  readonly #superseded: Superseding[] = [];
  #frozen = false;

  constructor(readonly engine: Engine) {}

  /** Runs one phase of a plugin, with its name in whatever goes wrong. */
  async guard(plugin: string, phase: string, run: () => void | Promise<void> | undefined): Promise<void> {
    const { timeoutMs } = this.engine.hooks;
    try {
      await settle(() => inPlugin(plugin, run), {
        timeoutMs,
        hung: () =>
          kdxError(
            'KDX_PLUGIN_HANGS',
            `Plugin ${this.engine.told(plugin)} did not finish ${phase}() within ${timeoutMs / 1000} s; look for a promise that is never resolved, or give it longer with --set hookTimeout=SECONDS.`,
          ),
      });
    } catch (thrown) {
      const cause = isGaveUp(thrown) ? thrown.error : thrown;
      // What is wrong with what a plugin asked for mostly says so itself; what a library of its own raised does not.
      const named =
        isKdxError(cause) && [`"${plugin}"`, `${plugin}/`].some((name) => cause.message.includes(name));
      if (named) throw cause;
      throw new KdxError(
        isKdxError(cause) ? cause.code : 'KDX_PLUGIN_FAILED',
        `Plugin ${this.engine.told(plugin)} failed in ${phase}(): ${messageOf(cause)}`,
        { cause },
      );
    }
  }

  /** Holds what a plugin gives to a method of its context to what that takes. @throws KdxError `KDX_PLUGIN_VALUE` */
  expect(shape: Shape, value: unknown, plugin: string, method: string): void {
    expectShape(shape, value, `Plugin "${plugin}", in ${method},`, 'KDX_PLUGIN_VALUE');
  }

  /** @throws KdxError `KDX_FROZEN` once the run is wired. */
  open(plugin: string, what: string): void {
    if (this.#frozen) throw frozen(plugin, what, 'setup()');
  }

  async configure(
    { definition, options }: Plugin,
    { recipe, teachers, adaptations }: Unbuilt,
  ): Promise<void> {
    const { name } = definition;
    let open = true;
    await this.guard(name, 'configure', () =>
      definition.configure?.(
        {
          ...baseContext(this, name),
          get student() {
            return recipe.current;
          },
          teachers,
          adaptStudent: (adaptation, value) => {
            if (!open) throw frozen(name, 'adaptStudent()', 'configure()');
            this.expect(text, adaptation, name, 'adaptStudent()');
            recipe.adapt((current) => adaptRecipe(current, adaptation, value));
            adaptations.push({ adaptation, plugin: name });
          },
        },
        options,
      ),
    );
    open = false;
  }

  async setup(plugin: Plugin, { student, teachers, stepsPerEpoch }: BuiltModels): Promise<void> {
    const { definition, options } = plugin;
    const { name } = definition;
    const models = new Map<string, Model>([['student', student]]);
    teachers.forEach((teacher, index) => {
      models.set(teacherName(index), teacher);
    });
    await this.guard(name, 'setup', () =>
      definition.setup?.(
        {
          ...baseContext(this, name),
          student,
          teachers,
          stepsPerEpoch,
          get teacher(): Model {
            if (teachers.length === 0) throw teacherMissing(name);
            return teachers[0];
          },
          tap: (model, path) => {
            const ref = `${model}.${featurePath(models.get(model), path)}`;
            checkModelRef(parseRef(ref), models, `Plugin "${name}"`);
            return ref;
          },
          param: (model, path) => {
            const parameter = findParameter(model, path, models, `Plugin "${name}"`);
            this.#parametersOf.add(model);
            return parameter;
          },
          addTerm: (term) => {
            this.open(name, 'addTerm()');
            this.expect(termShape, term, name, 'addTerm()');
            this.#addTerm(name, term, models);
          },
          addModule: (moduleName, module) => {
            this.open(name, 'addModule()');
            this.expect(text, moduleName, name, 'addModule()');
            this.expect(moduleShape, module, name, 'addModule()');
            return this.#addModule(name, moduleName, module, models);
          },
          supersede: (what, reason) => {
            this.open(name, 'supersede()');
            this.expect(text, what, name, 'supersede()');
            this.expect(text, reason, name, 'supersede()');
            this.#superseded.push({ what, by: name, reason });
          },
        },
        options,
      ),
    );
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
    this.#frozen = true;
    supersede(this.#terms, this.#superseded, plugins);
    const terms = [...this.#terms.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    const modules = new Map([...this.#modules].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { terms, modules, parametersOf: this.#parametersOf };
  }

  dispose(): void {
    for (const { store } of this.#modules.values()) store.dispose();
  }

  #addTerm(plugin: string, term: Term, models: ReadonlyMap<string, Model>): void {
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

  #addModule(plugin: string, name: string, module: HelperModule, models: ReadonlyMap<string, Model>): Ref {
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
    const store = new ParameterStore(id, (parameter) => rng('init', 'module', id, parameter));
    try {
      const forward = module.build(store.scope(), shapes);
      const what = `build() of module ${id}`;
      expectShape(aFunction, forward, what, 'KDX_MODULE_OUTPUT');
      this.#modules.set(id, {
        id,
        plugin,
        inputs,
        store,
        activeUntil:
          module.activeUntil === undefined
            ? Number.POSITIVE_INFINITY
            : lengthInEpochs(module.activeUntil, settings.epochs),
        outputShape: traceOutput(id, forward, shapes),
        forward: (tensors, call) => forward(tensors, call),
      });
    } catch (error) {
      store.dispose();
      throw error;
    }
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
    const { spec } = models.get('student') as Model;
    switch (ref.kind) {
      case 'images':
        return spec.inputSize;
      case 'targets':
        return [spec.classes];
      case 'module':
        return (this.#modules.get(ref.module) as ComposedModule).outputShape;
      case 'tap':
        return (models.get(ref.model) as Model).taps().get(ref.path) as readonly number[];
      default:
        return [(models.get(ref.model) as Model).spec.classes];
    }
  }
}

/** `f1` names the model's second feature, `f1:pre` what is before its ReLU, unless a layer of its own is called so. */
const featurePath = (model: Model | undefined, path: string): string =>
  (model && !model.taps().has(path) && featureTap(model, path)) || path;

function featureTap({ spec: { features } }: Model, path: string): string | undefined {
  const [, index, end = ''] = /^f(\d+)(:pre|:in)?$/.exec(path) ?? [];
  const tap = index === undefined ? undefined : features[Number(index)]?.tap;
  return tap === undefined ? undefined : tap + end;
}

// A helper is run once on zeros, so that shapes that do not fit are found before the first step.
function traceOutput(
  id: string,
  forward: ComposedModule['forward'],
  shapes: readonly (readonly number[])[],
): readonly number[] {
  return tf.tidy(() => {
    const inputs = shapes.map((shape) => tf.zeros([2, ...shape]));
    const noRng = (): never => {
      throw kdxError('KDX_RNG_MISSING', 'A helper module draws random numbers outside training.');
    };
    const output = forward(inputs, { training: false, rng: noRng });
    expectShape(tensor(undefined, 'a tensor of float32'), output, `Module ${id}`, 'KDX_MODULE_OUTPUT');
    return output.shape.slice(1);
  });
}
