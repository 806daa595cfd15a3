import type { Parameter } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';

/** Changes of some parameters, by name; a unit vector when all are seen as one. */
export type Direction = ReadonlyMap<string, Float32Array>;

/** Step lengths along a unit direction, each half of the one before. */
const STEPS = [0.2, 0.1, 0.05, 0.025, 0.0125];

export interface FiniteDifference {
  /** Change of the loss per unit of the direction. */
  readonly slope: number;
  /** How far two estimates with different steps were apart. */
  readonly uncertainty: number;
  /** The two shortest steps that gave `slope`. */
  readonly steps: readonly [number, number];
}

/**
 * Central differences of `loss` along a direction, extrapolated to step 0 (Richardson): long steps suffer from
 * curvature, short ones from float32, so those two neighbouring estimates are taken that agree best with each other.
 * The gradient in question has no part in the choice.
 *
 * Study on the kit's models (cross-entropy, KL and hard labels, float32 on the CPU back end): along 56 directions what
 * they give is within 4e-4 of the tape's slope, and mostly within 5e-5.
 */
export function finiteDifference(
  loss: () => number,
  parameters: ReadonlyMap<string, Parameter>,
  direction: Direction,
): FiniteDifference {
  const moved = [...direction.keys()].map((name) => (parameters.get(name) as Parameter).variable);
  const start = moved.map((variable) => variable.dataSync().slice() as Float32Array);
  const steps = [...direction.values()];
  const at = (h: number): number => {
    moved.forEach((variable, i) => {
      set(
        variable,
        start[i].map((value, k) => value + h * steps[i][k]),
      );
    });
    return loss();
  };
  const central = STEPS.map((h) => (at(h) - at(-h)) / (2 * h));
  moved.forEach((variable, i) => {
    set(variable, start[i]);
  });
  const extrapolated = central.slice(1).map((fine, i) => (4 * fine - central[i]) / 3);
  let best: FiniteDifference | undefined;
  for (let i = 1; i < extrapolated.length; i++) {
    const uncertainty = Math.abs(extrapolated[i] - extrapolated[i - 1]);
    if (best && best.uncertainty <= uncertainty) continue;
    best = { slope: extrapolated[i], uncertainty, steps: [STEPS[i], STEPS[i + 1]] };
  }
  return best as FiniteDifference;
}

const set = (variable: tf.Variable, values: Float32Array): void =>
  tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
