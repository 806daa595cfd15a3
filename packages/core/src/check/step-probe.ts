import type { Ema, Parameter } from '@kdx/tensor';
import { Optimizer } from '@kdx/tensor';
import type { Composition } from '../compose/composition.js';
import { BATCH_LOADER } from '../compose/tokens.js';
import type { Clock } from '../contracts/schedule.js';
import { clockOf } from '../plan/clocks.js';
import { emaOf } from '../settings/from-settings.js';
import { snapshot } from '../store/checkpoint.js';
import { runLoop } from '../train/loop.js';
import { restoreVariables, runParameters, runVariables } from '../train/run-tensors.js';
import { trainingLoop } from '../train/step.js';
import { StepMetrics } from '../train/step-metrics.js';
import { inspectStep, type StepInspection } from './inspect-step.js';

/**
 * Runs steps of a composed run to look at them and to time them, and puts all it moved back where it was. It writes
 * nothing, and asks no teacher cache.
 */
export class StepProbe {
  readonly #optimizer: Optimizer;
  readonly #ema: Ema | undefined;
  readonly #metrics = new StepMetrics();
  #begun = false;

  constructor(private readonly composition: Composition) {
    this.#optimizer = new Optimizer(composition.optimizer);
    this.#ema = emaOf(composition);
  }

  /** Parameters that the run could train, by name. */
  get parameters(): ReadonlyMap<string, Parameter> {
    return runParameters(this.composition);
  }

  /**
   * The first batch of a step: what is read, each term with its gradients, the whole.
   * @throws KdxError whatever a step of the run throws
   */
  async inspect(clock: Clock): Promise<StepInspection> {
    await this.#begin(clock);
    return this.#restoring(async () => {
      const loop = this.#loop();
      const prepared = await loop.prepare(clock, 0);
      try {
        return inspectStep(this.composition, prepared, loop.variables(clock));
      } finally {
        loop.release(prepared);
      }
    });
  }

  /**
   * Seconds of one optimiser step of an epoch, batch and teachers included, over a few steps after a warm-up.
   * @throws KdxError whatever a step of the run throws, `KDX_NON_FINITE`
   */
  async secondsPerStep(clock: Clock, { budget = 6, most = 10 } = {}): Promise<number> {
    await this.#begin(clock);
    return this.#restoring(async () => {
      const timed = async (steps: number): Promise<number> => {
        const begun = performance.now();
        await this.#train(clock.epoch, steps);
        return (performance.now() - begun) / 1000;
      };
      await timed(1);
      const first = await timed(1);
      const more = Math.min(most, Math.floor(budget / first)) - 1;
      return more < 1 ? first : (first + (await timed(more))) / (more + 1);
    });
  }

  dispose(): void {
    this.#metrics.drop();
    this.#optimizer.dispose();
    this.#ema?.dispose();
  }

  #loop() {
    const { composition } = this;
    return trainingLoop({
      composition,
      loader: composition.container.get(BATCH_LOADER),
      optimizer: this.#optimizer,
      ema: this.#ema,
      metrics: this.#metrics,
      cache: undefined,
    });
  }

  async #begin(clock: Clock): Promise<void> {
    const { hooks } = this.composition;
    if (!this.#begun) await hooks.series('fitStart', clockOf(this.composition, 0));
    this.#begun = true;
    await hooks.series('epochStart', clockOf(this.composition, clock.epoch));
    await hooks.series('stepStart', clock);
  }

  async #restoring<T>(use: () => Promise<T>): Promise<T> {
    const variables = runVariables(this.composition);
    const before = await snapshot(new Map([...variables].map(([name, { variable }]) => [name, variable])));
    try {
      return await use();
    } finally {
      restoreVariables(variables, before, 'the weights before the check');
    }
  }

  async #train(epoch: number, steps: number): Promise<void> {
    const loop = this.#loop();
    const real = (clock: Clock): Clock =>
      clockOf(this.composition, epoch, clock.step % this.composition.stepsPerEpoch);
    await runLoop(
      {
        phases: [{ epochs: 1, stepsPerEpoch: steps }],
        variables: (clock) => loop.variables(real(clock)),
        microSteps: (clock) => loop.microSteps(real(clock)),
        prepare: (clock, micro) => loop.prepare(real(clock), micro),
        loss: (prepared, clock) => loop.loss(prepared, real(clock)),
        weight: (prepared) => loop.weight(prepared),
        update: (gradients, clock) => loop.update(gradients, real(clock)),
        release: (prepared) => loop.release(prepared),
      },
      0,
    );
    await this.#metrics.flush();
  }
}
