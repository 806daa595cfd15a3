import { KdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { StepPlan } from './step-plan.js';

/** The loss of a micro-batch, on the tape. */
export interface StepLoss {
  /** Σ balance · weight · term, as the hooks leave it. */
  readonly total: tf.Scalar;
  /** The terms of the plan, unweighted, in its order. */
  readonly parts: readonly tf.Scalar[];
}

interface Row {
  readonly step: number;
  readonly ids: readonly string[];
  /** `[1 + terms]`: total, then the terms. */
  readonly values: tf.Tensor1D;
  readonly images: number;
}

/** Sums of losses, weighted by images; survives JSON, so an epoch's mean survives a resume. */
export interface LossSums {
  images: number;
  loss: number;
  terms: Record<string, number>;
  termImages: Record<string, number>;
}

export const emptySums = (): LossSums => ({ images: 0, loss: 0, terms: {}, termImages: {} });

/** Mean loss and mean of each term. */
export function means(sums: LossSums): { loss: number; terms: Record<string, number> } {
  const terms = Object.fromEntries(
    Object.entries(sums.terms).map(([id, sum]) => [id, sum / sums.termImages[id]]),
  );
  return { loss: sums.loss / sums.images, terms };
}

/**
 * Losses of the steps since the last read. They stay on the device until {@link StepMetrics.flush}, because reading a
 * value back makes a back end wait.
 */
export class StepMetrics {
  #rows: Row[] = [];

  /** Called inside the step's tidy scope. */
  add(step: number, plan: StepPlan, { total, parts }: StepLoss, images: number): void {
    const values = tf.keep(tf.stack([total, ...parts]) as tf.Tensor1D);
    this.#rows.push({ step, ids: plan.terms.map(({ term }) => term.id), values, images });
  }

  /**
   * Reads what is pending into `sums`.
   * @throws KdxError `KDX_NON_FINITE` naming the first step and term that were not finite.
   */
  async flush(...sums: LossSums[]): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    for (const { step, ids, values, images } of rows) {
      const [loss, ...terms] = await values.data();
      values.dispose();
      const bad = terms.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0 || !Number.isFinite(loss)) {
        this.drop(rows);
        throw new NonFiniteLoss(step, bad >= 0 ? ids[bad] : undefined, bad >= 0 ? terms[bad] : loss);
      }
      for (const sum of sums) {
        sum.images += images;
        sum.loss += loss * images;
        ids.forEach((id, index) => {
          sum.terms[id] = (sum.terms[id] ?? 0) + terms[index] * images;
          sum.termImages[id] = (sum.termImages[id] ?? 0) + images;
        });
      }
    }
  }

  /** Frees what is pending without reading it. */
  drop(rows: readonly Row[] = this.#rows): void {
    for (const { values } of rows) if (!values.isDisposed) values.dispose();
    if (rows === this.#rows) this.#rows = [];
  }
}

/** A loss that is NaN or infinite; the trainer adds where the last good checkpoint is. */
export class NonFiniteLoss extends KdxError {
  constructor(
    /** Optimiser step, 0-based. */
    readonly step: number,
    readonly term: string | undefined,
    readonly value: number,
  ) {
    super('KDX_NON_FINITE', `The loss became ${value} at step ${step}${term ? ` in ${term}` : ''}`);
  }
}
