import { type ComposedTerm, type Composition, effectiveWeight } from '../compose/composition.js';
import type { ParsedRef } from '../compose/refs.js';
import { teacherName } from '../compose/refs.js';
import type { Model } from '../contracts/model.js';
import { injectionToken, LEARNING_RATE, OPTIMIZER } from '../contracts/tokens.js';
import { numberText } from '../schedule/number-text.js';
import { clockAt } from '../train/loop.js';

/** The run's loss and schedule as data; `kdx explain` prints it. */
export interface Explanation {
  readonly student: string;
  readonly teachers: readonly string[];
  readonly data: string;
  readonly headRule: string;
  readonly plugins: readonly {
    readonly name: string;
    readonly version: string;
    readonly broughtBy: readonly string[];
  }[];
  readonly adaptations: readonly { readonly adaptation: string; readonly plugin: string }[];
  readonly balance: { readonly owner: string | null; readonly weights: Readonly<Record<string, string>> };
  readonly terms: readonly ExplainedTerm[];
  readonly modules: readonly {
    readonly id: string;
    readonly parameters: number;
    readonly activeUntil: number | null;
    readonly inputs: readonly ExplainedRead[];
  }[];
  readonly optimizer: string;
  readonly learningRate: string;
}

export interface ExplainedRead {
  readonly ref: string;
  /** Without the batch axis. */
  readonly shape: readonly number[];
}

export interface ExplainedTerm {
  readonly id: string;
  readonly plugin: string;
  readonly group: string;
  readonly formula: string;
  /** balance · weight where it changes: `[epoch, value]` pairs, the first at epoch 0. */
  readonly weights: readonly (readonly [epoch: number, value: number])[];
  readonly reads: readonly ExplainedRead[];
  readonly trains: readonly string[];
  readonly superseded: { readonly by: string; readonly reason: string } | null;
}

export function explainRun(composition: Composition): Explanation {
  const { student, teachers, data, plugins, terms, modules, balance, balanceOwner, headRule, container } =
    composition;
  const reads = (refs: ReadonlyMap<string, ParsedRef>): ExplainedRead[] =>
    [...refs].map(([ref, parsed]) => ({ ref, shape: shapeOf(parsed, composition) }));
  return {
    student: student.spec.name,
    teachers: teachers.map(({ spec }) => spec.name),
    data: data.name,
    headRule,
    plugins: plugins.ordered.map(({ definition: { name, version } }) => ({
      name,
      version,
      broughtBy: plugins.broughtBy(name),
    })),
    adaptations: composition.adaptations,
    balance: {
      owner: balanceOwner ?? null,
      weights: Object.fromEntries(
        Object.entries(balance).map(([group, value]) => [
          group,
          typeof value === 'number' ? numberText(value) : value.text,
        ]),
      ),
    },
    terms: terms.map((term) => ({
      id: term.id,
      plugin: term.plugin,
      group: term.group,
      formula: term.formula ?? term.id,
      weights: weightsOverEpochs(composition, term),
      reads: reads(term.reads),
      trains: term.trains,
      superseded: term.superseded ?? null,
    })),
    modules: [...modules.values()].map(({ id, store, activeUntil, inputs }) => ({
      id,
      parameters: store.size,
      activeUntil: Number.isFinite(activeUntil) ? activeUntil : null,
      inputs: reads(inputs),
    })),
    optimizer: container.resolve(injectionToken(OPTIMIZER)).text,
    learningRate: container.resolve(injectionToken(LEARNING_RATE)).text,
  };
}

function weightsOverEpochs(composition: Composition, term: ComposedTerm): [number, number][] {
  const { settings, stepsPerEpoch } = composition;
  const phases = [{ epochs: settings.epochs, stepsPerEpoch }];
  const changes: [number, number][] = [];
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const value = effectiveWeight(composition, term, clockAt(phases, epoch * stepsPerEpoch));
    if (changes.at(-1)?.[1] !== value) changes.push([epoch, value]);
  }
  return changes;
}

function shapeOf(ref: ParsedRef, { student, teachers, modules }: Composition): readonly number[] {
  switch (ref.kind) {
    case 'images':
      return student.spec.inputSize;
    case 'targets':
      return [student.spec.classes];
    case 'module':
      return modules.get(ref.module)?.outputShape ?? [];
  }
  const model =
    ref.model === 'student' ? student : (teachers.find((_, i) => teacherName(i) === ref.model) as Model);
  return ref.kind === 'tap' ? (model.taps().get(ref.path) ?? []) : [model.spec.classes];
}
