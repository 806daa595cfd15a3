import { offersTask } from '../compose/capabilities.js';
import { type ComposedTerm, type Composition, effectiveWeight } from '../compose/composition.js';
import { type ParsedRef, teacherName } from '../compose/refs.js';
import type { Model } from '../contracts/model.js';
import { clockOf, clocksWithin } from '../plan/clocks.js';
import { numberText } from '../schedule/number-text.js';
import { planStep } from '../train/step-plan.js';
import { explainTraining } from './explain-training.js';
import type {
  ExplainedLearner,
  ExplainedModel,
  ExplainedModule,
  ExplainedRead,
  ExplainedTerm,
  Explanation,
} from './explanation.js';
import { Factors, factorText, summand } from './factors.js';
import { epochsWhere, overEpochs } from './over-epochs.js';
import { runWarnings } from './run-warnings.js';

/** The whole of a run's loss as data: formula, weights over epochs, who reads what, who learns, who brought it. */
export function explainRun(composition: Composition): Explanation {
  const {
    settings,
    student,
    teachers,
    data,
    plugins,
    modules,
    balance,
    balanceOwner,
    headRule,
    headRuleOwner,
  } = composition;
  const factors = new Factors(composition);
  const terms = composition.terms.map((term) => explainTerm(composition, term, factors));
  const rate = composition.learningRate;
  return {
    student: student.spec.name,
    teachers: teachers.map(({ spec }) => spec.name),
    data: data.name,
    headRule,
    headRuleOwner: headRuleOwner ?? null,
    models: explainModels(composition),
    plugins: plugins.ordered.map(({ definition }) => ({
      name: definition.name,
      version: definition.version,
      broughtBy: plugins.broughtBy(definition.name),
      isTask: offersTask(definition),
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
    terms,
    symbols: factors.symbols,
    modules: [...modules.values()].map(
      ({ id, plugin, store, activeUntil, inputs, outputShape }): ExplainedModule => ({
        id,
        plugin,
        parameters: store.size,
        activeUntil: Number.isFinite(activeUntil) ? activeUntil : null,
        inputs: explainReads(composition, inputs),
        output: outputShape,
      }),
    ),
    learners: explainLearners(composition),
    training: explainTraining(composition),
    optimizer: composition.optimizer.text,
    learningRate: rate.text,
    learningRates: overEpochs(settings.epochs, (epoch) => plain(rate.at(clockOf(composition, epoch)))),
    warnings: runWarnings(composition),
  };
}

/** A number without the rounding of its arithmetic. */
const plain = (value: number): number => Number(numberText(value));

function explainTerm(composition: Composition, term: ComposedTerm, factors: Factors): ExplainedTerm {
  const { epochs } = composition.settings;
  const weightAt = (clock: Parameters<typeof effectiveWeight>[2]): number =>
    effectiveWeight(composition, term, clock);
  const formula = term.formula ?? term.id;
  // What is switched off takes part in no formula, so its symbols need no explanation.
  const [balance, weight] = term.superseded
    ? [{ value: 1 }, { value: 1 }]
    : [factors.balance(term), factors.weight(term)];
  return {
    id: term.id,
    plugin: term.plugin,
    group: term.group,
    formula,
    summand: summand([balance, weight], formula),
    factors: { balance: factorText(balance), weight: factorText(weight) },
    weights: overEpochs(epochs, (epoch) => plain(weightAt(clockOf(composition, epoch)))),
    movesWithinEpoch: Array.from({ length: epochs }, (_, epoch) => epoch).some(
      (epoch) => new Set(clocksWithin(composition, epoch).map(weightAt)).size > 1,
    ),
    reads: explainReads(composition, term.reads),
    trains: term.trains,
    superseded: term.superseded ?? null,
  };
}

function explainModels(composition: Composition): ExplainedModel[] {
  const { student, teachers, settings } = composition;
  const models: [string, Model][] = [
    ['student', student],
    ...teachers.map((teacher, index): [string, Model] => [teacherName(index), teacher]),
  ];
  const order = new Map<Model, readonly string[]>();
  const orderOf = (model: Model): readonly string[] => {
    const known = order.get(model) ?? [...model.taps().keys()];
    order.set(model, known);
    return known;
  };
  const depthAt = (role: string, model: Model, epoch: number): string | null => {
    const reads = clocksWithin(composition, epoch).flatMap(
      (clock) => planStep(composition, clock).reads.get(role) ?? [],
    );
    if (reads.length === 0) return null;
    if (reads.some(({ logits }) => logits)) return 'logits';
    const taps = new Set(reads.flatMap((each) => [...each.taps]));
    return orderOf(model).findLast((path) => taps.has(path)) ?? null;
  };
  return models.map(([role, model]) => ({
    role,
    name: model.spec.name,
    parameters: model.spec.parameterCount,
    inputSize: model.spec.inputSize,
    heads: model.spec.heads,
    mean: model.spec.mean,
    std: model.spec.std,
    depth: overEpochs(settings.epochs, (epoch) => depthAt(role, model, epoch)),
  }));
}

function explainLearners(composition: Composition): ExplainedLearner[] {
  const { student, modules, terms, settings } = composition;
  const parts = [
    { part: 'student', parameters: student.spec.parameterCount, until: Number.POSITIVE_INFINITY },
    ...[...modules.values()].map(({ id, store, activeUntil }) => ({
      part: `module.${id}`,
      parameters: store.size,
      until: activeUntil,
    })),
  ];
  return parts.map(({ part, parameters, until }) => {
    const teaching = terms.filter((term) => !term.superseded && term.trains.includes(part));
    const learns = (epoch: number): boolean =>
      epoch < until &&
      clocksWithin(composition, epoch).some((clock) =>
        teaching.some((term) => effectiveWeight(composition, term, clock) !== 0),
      );
    return {
      part,
      parameters,
      terms: teaching.map(({ id }) => id),
      epochs: epochsWhere(settings.epochs, learns),
    };
  });
}

const explainReads = (composition: Composition, refs: ReadonlyMap<string, ParsedRef>): ExplainedRead[] =>
  [...refs].map(([ref, parsed]) => ({ ref, shape: shapeOf(parsed, composition) }));

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
