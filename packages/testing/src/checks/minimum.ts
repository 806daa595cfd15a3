import { type ComposedTerm, type Composition, clockAt } from '@kdx/core/run';
import { keyedRng } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { Finding } from '../failure.js';
import { normOf } from '../kit/directions.js';
import { kitRun, usingRun } from '../kit/run.js';
import { enterRun } from '../kit/step.js';
import type { Minimum, Subject } from '../subject.js';

const STATED_GROUPS: readonly string[] = ['distill', 'mutual', 'hint'];
const BATCH = 4;

/**
 * Each term that compares (`distill`, `mutual`, `hint`) has the minimum that the author states where what it compares is
 * equal: the value, no gradient, and nothing less around it. A statement that there is none is logged.
 */
export const checkMinimum = async (subject: Subject): Promise<string[]> =>
  usingRun(await kitRun(subject), async ({ composition }) => {
    await enterRun(composition);
    const { name } = subject.definition;
    checkNames(subject, composition);
    const notes: string[] = [];
    for (const term of composition.terms) {
      const stated = subject.minimum[term.id];
      if (stated === undefined) {
        if (!STATED_GROUPS.includes(term.group) || term.plugin !== name) continue;
        if (subject.unstated === 'note') {
          notes.push(`nothing is stated for ${term.id}, so no minimum was looked for.`);
          continue;
        }
        throw new Finding(
          `nothing is said of the minimum of ${term.id}; state minimum: { '${term.id}': 0 }, its value where student and teacher agree, or a sentence why it has no minimum there.`,
        );
      }
      if (typeof stated === 'string') notes.push(`${term.id}: ${stated}`);
      else if (subject.unstated === 'note' && partnersIn(term, equalReads(composition, term)).length === 0)
        notes.push(`${noPartners(term)}, so no minimum was looked for.`);
      else checkTerm(composition, term, stated);
    }
    return notes;
  });

/** A statement for a term that is in no case would be believed and never checked. */
function checkNames({ minimum, definition }: Subject, { terms }: Composition): void {
  for (const id of Object.keys(minimum)) {
    if (terms.some((term) => term.id === id)) continue;
    throw new Finding(
      `a minimum is stated for ${id}, and "${definition.name}" has ${terms.map((term) => term.id).join(', ')}; state it in the cases that have the term.`,
    );
  }
}

function checkTerm(composition: Composition, term: ComposedTerm, stated: Exclude<Minimum, string>): void {
  const refs = refsOf(term);
  tf.tidy(() => {
    const equal = equalReads(composition, term);
    const partners = partnersIn(term, equal);
    if (partners.length === 0) {
      throw new Finding(
        `${noPartners(term)}, so they cannot agree; for this case state a sentence instead of a minimum.`,
      );
    }
    const at = (moved: ReadonlyMap<string, tf.Tensor>): tf.Scalar =>
      compute(composition, term, new Map([...equal, ...moved]));
    const read = (ref: string): tf.Tensor => equal.get(ref) as tf.Tensor;
    const expected = typeof stated === 'number' ? stated : numberOf(stated(read));
    const value = numberOf(at(new Map()));
    const close = 1e-5 * Math.max(1, Math.abs(expected));
    if (!(Math.abs(value - expected) <= close)) {
      throw new Finding(
        `${term.id} is ${value.toPrecision(6)} where ${refs.join(' and ')} agree, and ${expected.toPrecision(6)} is stated; mend the loss or the statement.`,
      );
    }
    const noise = (ref: string, scale: number): tf.Tensor => {
      const tensor = equal.get(ref) as tf.Tensor;
      return tf.add(tensor, tf.mul(random(tensor.shape, `moved ${ref}`), scale));
    };
    const slope = (moved: ReadonlyMap<string, tf.Tensor>): number => {
      // Copies: what is equal is one tensor, and the teacher's share of a gradient is not the student's.
      const inputs = partners.map((ref) => tf.clone(moved.get(ref) ?? (equal.get(ref) as tf.Tensor)));
      const gradients = tf.grads((...given: tf.Tensor[]) => {
        const loss = at(new Map([...moved, ...partners.map((ref, i) => [ref, given[i]] as const)]));
        // One that the term detaches has no gradient, which is an error to tf.grads; this one is zero.
        return given.reduce<tf.Tensor>((sum, input) => tf.add(sum, tf.mul(0, tf.sum(input))), loss);
      })(inputs);
      return Math.hypot(...gradients.map((gradient) => normOf(gradient.dataSync())));
    };
    const away = new Map(partners.map((ref) => [ref, noise(ref, 1)]));
    const [here, there] = [slope(new Map()), slope(away)];
    if (here > 1e-3 * there + 1e-7) {
      throw new Finding(
        `${term.id} has a gradient of norm ${here.toPrecision(3)} for ${partners.join(', ')} where they agree (${there.toPrecision(3)} away from there), so it pulls the student off its teacher; mend the loss, or state a sentence why it has no minimum there.`,
      );
    }
    for (const scale of [0.1, 1]) {
      for (const ref of partners) {
        const beside = numberOf(at(new Map([[ref, noise(ref, scale)]])));
        if (beside >= value - close) continue;
        throw new Finding(
          `${term.id} is ${value.toPrecision(6)} where ${refs.join(' and ')} agree and less, ${beside.toPrecision(6)}, with ${ref} elsewhere; it is no minimum.`,
        );
      }
    }
  });
}

const refsOf = (term: ComposedTerm): string[] => [...term.reads].map(([ref]) => ref);

/** What learns and has something of its shape to agree with. */
const partnersIn = (term: ComposedTerm, equal: ReadonlyMap<string, tf.Tensor>): string[] =>
  refsOf(term).filter(
    (ref) =>
      /^(student|module)\./.test(ref) &&
      refsOf(term).some((other) => other !== ref && equal.get(other) === equal.get(ref)),
  );

const noPartners = (term: ComposedTerm): string =>
  `${term.id} reads no two tensors of one shape (${refsOf(term).join(', ')})`;

/** Random values for what a term reads, the same for all refs of one shape; targets and images are the batch's kind. */
function equalReads({ student, teachers, modules }: Composition, term: ComposedTerm): Map<string, tf.Tensor> {
  const byShape = new Map<string, tf.Tensor>();
  return new Map(
    [...term.reads].map(([ref, parsed]) => {
      if (parsed.kind === 'images') return [ref, tf.fill([BATCH, ...student.spec.inputSize], 0.5)];
      if (parsed.kind === 'targets')
        return [ref, tf.fill([BATCH, student.spec.classes], 1 / student.spec.classes)];
      const model =
        parsed.kind === 'module' || parsed.model === 'student'
          ? student
          : teachers[Number(parsed.model.slice('teacher'.length) || 1) - 1];
      const shape =
        parsed.kind === 'module'
          ? (modules.get(parsed.module)?.outputShape ?? [])
          : parsed.kind === 'tap'
            ? (model.taps().get(parsed.path) ?? [])
            : [model.spec.classes];
      const key = shape.join();
      const known = byShape.get(key) ?? tf.mul(random([BATCH, ...shape], `reads ${key}`), 2);
      byShape.set(key, known);
      return [ref, known];
    }),
  );
}

function compute(
  { settings, stepsPerEpoch }: Composition,
  term: ComposedTerm,
  reads: ReadonlyMap<string, tf.Tensor>,
): tf.Scalar {
  return term.compute({
    clock: clockAt([{ epochs: settings.epochs, stepsPerEpoch }], 0),
    read: <T extends tf.Tensor>(ref: string): T => reads.get(ref) as T,
    rng: (purpose) => keyedRng(settings.seed, 'term', term.id, purpose),
  });
}

function random(shape: readonly number[], key: string): tf.Tensor {
  const rng = keyedRng(5, key);
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => rng.normal()),
    [...shape],
  );
}

const numberOf = (value: tf.Scalar | number): number =>
  typeof value === 'number' ? value : value.dataSync()[0];
