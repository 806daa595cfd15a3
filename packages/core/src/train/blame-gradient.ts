import type { HostTensor } from '@kdx/tensor';
import { keyedRng } from '@kdx/tensor';
import { inspectStep } from '../check/inspect-step.js';
import type { Composition } from '../compose/composition.js';
import type { Clock } from '../contracts/schedule.js';
import { readCheckpoint, snapshot } from '../store/checkpoint.js';
import { restoreVariables, runVariables } from './run-tensors.js';
import type { trainingLoop } from './step.js';

/** Of the replacements for weights that are lost: as small as networks are initialised with. */
const SCALE = 0.05;

interface Suspects {
  readonly composition: Composition;
  readonly loop: ReturnType<typeof trainingLoop>;
  /** Of the step whose losses were finite, and after which none was. */
  readonly clock: Clock;
  /** The last checkpoint, whose weights stand in for those that are lost. */
  readonly checkpoint: string | undefined;
}

/**
 * The terms whose gradients are not finite at a step. A gradient that is not finite makes all weights so, and the first
 * losses that show it are those of the next step, of every term: their names say nothing. The gradients are computed
 * again, term by term, on the step's own batch. The weights of the step are lost. Those of the last checkpoint stand
 * in for them, or, without one or where it had diverged already, small random numbers, so a gradient that was not finite because
 * of the weights' values is not found again.
 */
export async function blameGradient({ composition, loop, clock, checkpoint }: Suspects): Promise<string[]> {
  const variables = runVariables(composition);
  const lost = await snapshot(new Map([...variables].map(([name, { variable }]) => [name, variable])));
  const kept = checkpoint === undefined ? new Map() : (await readCheckpoint(checkpoint)).tensors;
  const isKept = [...lost.keys()].every((name) => isModerate(kept.get(name)));
  restoreVariables(
    variables,
    new Map([...lost].map(([name, tensor]) => [name, isKept ? kept.get(name) : standIn(name, tensor)])),
    'stand-ins',
  );
  const blamed = new Set<string>();
  try {
    for (let micro = 0; micro < loop.microSteps(clock); micro++) {
      const prepared = await loop.prepare(clock, micro);
      try {
        for (const { id, gradients } of inspectStep(composition, prepared, loop.variables(clock)).terms) {
          if (!Number.isFinite(gradients.total)) blamed.add(id);
        }
      } finally {
        loop.release(prepared);
      }
    }
  } finally {
    restoreVariables(variables, lost, 'the weights before the search');
  }
  return [...blamed];
}

/** No weight is so large in a run that did not diverge; a gradient that overflows with such weights is not its term's fault. */
const MOST = 1e6;

const isModerate = (tensor: HostTensor | undefined): boolean =>
  tensor !== undefined && (tensor.data as Float32Array).every((value) => Math.abs(value) <= MOST);

function standIn(name: string, tensor: HostTensor): HostTensor {
  const rng = keyedRng(0, 'stand-in', name);
  const isVariance = /running_var$/.test(name);
  return { ...tensor, data: Float32Array.from(tensor.data, () => (isVariance ? 1 : SCALE * rng.normal())) };
}
