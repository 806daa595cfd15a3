import { type Composition } from '@kdx/core/run';
import { keyedRng, type Parameter } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { Finding } from '../failure.js';
import { alongGradient, project, randomDirection, typicalProjection } from '../kit/directions.js';
import { type Direction, finiteDifference } from '../kit/finite-difference.js';
import { HeldDetach } from '../kit/held-detach.js';
import { clearKinks, spreadParameters } from '../kit/models.js';
import { kitRun, usingRun } from '../kit/run.js';
import {
  enterEpoch,
  enterRun,
  gradientsOf,
  hasLoss,
  learners,
  type StepFunction,
  stepFunction,
} from '../kit/step.js';
import type { Subject } from '../subject.js';

/** Directions to look for one along which finite differences settle, where the loss has kinks. */
const TRIES = 4;

/** The first, one between and the last: a loss is told the clock, and may be another in each. */
const EPOCHS = 3;

/**
 * The tape's gradient of each term (with weight 1) and of the total loss of three epochs, projected on unit directions of
 * the parameters of the student and of each helper module, is what central differences give: random directions, two for
 * each term and one for each total, and the gradient's own. What goes through `detach` is held as it was.
 */
export const checkGradient = async (subject: Subject): Promise<void> =>
  usingRun(await kitRun(subject, { settings: { epochs: EPOCHS } }), async ({ composition }) => {
    for (const [id, { store }] of composition.modules) {
      spreadParameters(store.parameters, id);
      clearKinks(store);
    }
    await enterRun(composition);
    const { tolerance } = subject;
    for (const term of composition.terms) {
      await compare(composition, { term }, { what: `term ${term.id}`, tolerance, directions: 2 });
    }
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      if (epoch > 0) await enterEpoch(composition, epoch);
      if (!hasLoss(composition, epoch)) continue;
      const what = `the total loss of epoch ${epoch}`;
      await compare(composition, { epoch }, { what, tolerance, directions: 1 });
    }
  });

interface Compared {
  readonly what: string;
  readonly tolerance: number;
  /** How many random directions, for each learner. */
  readonly directions: number;
}

async function compare(
  composition: Composition,
  which: Parameters<typeof stepFunction>[1],
  compared: Compared,
): Promise<void> {
  const step = await stepFunction(composition, which);
  const held = new HeldDetach();
  try {
    const owners = learners(composition);
    const { value, gradients } = held.around(() => gradientsOf(step.loss, owners));
    const loss = (): number => held.around(() => numberOf(step));
    const again = loss();
    // The tape may take an op apart that runs as one without it.
    if (Math.abs(again - value) > 1e-5 * Math.max(1, Math.abs(value))) {
      throw new Finding(
        `${compared.what} is ${value} and then ${again} on the same batch with the same parameters; compute must not change what it depends on, and must draw random numbers from step.rng(purpose).`,
      );
    }
    for (const [owner, parameters] of owners) {
      if (parameters.size === 0) continue;
      const gradient = gradients.get(owner) as Map<string, Float32Array>;
      const along = alongGradient(gradient);
      if (along) agree([along], { loss, value, owner, parameters, gradient }, compared);
      for (let number = 0; number < compared.directions; number++) {
        const tries = Array.from({ length: TRIES }, (_, i) =>
          randomDirection(parameters, keyedRng(3, owner, number, i)),
        );
        agree(tries, { loss, value, owner, parameters, gradient }, compared);
      }
    }
  } finally {
    held.dispose();
    step.dispose();
  }
}

interface Along {
  readonly loss: () => number;
  readonly value: number;
  readonly owner: string;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly gradient: ReadonlyMap<string, Float32Array>;
}

/** Compares along the first of the directions along which finite differences settle. */
function agree(
  directions: readonly Direction[],
  { loss, value, owner, parameters, gradient }: Along,
  { what, tolerance }: Compared,
): void {
  const typical = typicalProjection(gradient, parameters.size);
  for (const direction of directions) {
    const tape = project(gradient, direction);
    const { slope, uncertainty, steps } = finiteDifference(loss, parameters, direction);
    // A few units in the last place of a float32 loss, over the shortest step.
    const rounding = (4e-7 * Math.max(1, Math.abs(value))) / steps[1];
    const allowed = tolerance * Math.max(Math.abs(tape), Math.abs(slope), typical) + rounding;
    if (uncertainty > allowed) continue;
    if (Math.abs(slope - tape) <= allowed) return;
    throw new Finding(
      `along a direction of ${owner} ${what} changes by ${slope.toPrecision(5)} per unit (central differences with steps ${steps.join(' and ')}, sure to ${uncertainty.toExponential(1)}) and its gradient says ${tape.toPrecision(5)}, where ${allowed.toExponential(1)} is allowed; mend the backward of an op of its own, or what stops gradients other than nn's detach.`,
    );
  }
  // Along the gradient alone there may be a kink; random directions decide.
  if (directions.length === 1) return;
  throw new Finding(
    `along ${TRIES} directions of ${owner} finite differences of ${what} do not settle whatever the step, so its gradient cannot be checked; make it smooth, at least where the kit's models are.`,
  );
}

const numberOf = (step: StepFunction): number => tf.tidy(() => step.loss().dataSync()[0]);
