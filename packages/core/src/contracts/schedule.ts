/** Where a run stands. */
export interface Clock {
  /** 0-based. */
  readonly epoch: number;
  readonly epochs: number;
  /** Optimiser steps done in this epoch. */
  readonly stepInEpoch: number;
  readonly stepsPerEpoch: number;
  /** Optimiser steps done since the start. */
  readonly step: number;
}

/** A number that changes over a run. Every schedule states its own offset. */
export interface Schedule {
  /** Value in force at `clock`. */
  at(clock: Clock): number;
  /** How `kdx explain` prints it. */
  readonly text: string;
}

/** Epochs, or a share of the run such as `'10%'`. */
export type Length = number | `${number}%`;
