import { Finding } from '../failure.js';
import { normOf } from '../kit/directions.js';
import { spreadParameters } from '../kit/models.js';
import { kitRun, usingRun } from '../kit/run.js';
import { enterRun, gradientsOf, learners, stepFunction } from '../kit/step.js';
import type { Subject } from '../subject.js';

/** Less is rounding: gradients that cancel. */
const ZERO = 1e-7;

/** Each term trains whom it says, and nobody else: exactly those get a gradient that is not zero. */
export const checkTrains = async (subject: Subject): Promise<void> =>
  usingRun(await kitRun(subject), async ({ composition }) => {
    for (const [id, { store }] of composition.modules) spreadParameters(store.parameters, id);
    await enterRun(composition);
    for (const term of composition.terms) {
      const step = await stepFunction(composition, { term });
      try {
        const { gradients } = gradientsOf(step.loss, learners(composition));
        const norms = [...gradients].map(
          ([owner, parts]) => [owner, Math.hypot(...[...parts.values()].map(normOf))] as const,
        );
        // A helper without parameters, such as a pooling, has nothing to train.
        const said = term.trains.filter((name) => learners(composition).get(name)?.size !== 0);
        const trained = norms.filter(([, norm]) => norm > ZERO).map(([owner]) => owner);
        if (trained.sort().join() === said.sort().join()) continue;
        const figures = norms.map(([owner, norm]) => `${owner} ${norm.toExponential(2)}`).join(', ');
        throw new Finding(
          `term ${term.id} says that it trains ${list(said)} and trains ${list(trained)} (gradient norms: ${figures}); state trains: [${trained.map((name) => `'${name}'`).join(', ')}], or mend what it detaches.`,
        );
      } finally {
        step.dispose();
      }
    }
  });

const list = (names: readonly string[]): string => (names.length === 0 ? 'nobody' : names.join(', '));
