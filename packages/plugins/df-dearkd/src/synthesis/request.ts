import type { DataSource, Model } from '@kdx/core';
import type { NetworkIdentity, PoolImageFormat } from '@kdx/data';
import type { KdxError } from '@kdx/tensor';
import type { InversionProgress } from './inversion.js';
import type { SynthesisSettings } from './settings.js';

/** A network with what tells it from others. */
export interface NamedNetwork {
  readonly model: Model;
  readonly identity: NetworkIdentity;
  /** Of its classes, where it carries any; networks must agree on their order. */
  readonly classNames?: readonly string[];
}

export interface SynthesizeOptions {
  /** The network images are made from. */
  readonly inverted: NamedNetwork;
  /** Scores the images; made by another training, so that it tells what the inverted network cannot. */
  readonly verifier?: NamedNetwork;
  /** For the ablation `adi`. */
  readonly competitor?: NamedNetwork;
  /** The pool's folder: a new one, or one to go on with. */
  readonly directory: string;
  /** How many images the pool is to have; whole batches are made. */
  readonly images: number;
  /** Count only images to whose target the verifier gives at least this probability. */
  readonly threshold?: number;
  /** Default: all that the network knows. */
  readonly classes?: readonly number[];
  /** Of all classes of the network. Default: its own, else their numbers. */
  readonly classNames?: readonly string[];
  readonly settings: SynthesisSettings;
  /**
   * Pixels begin with its training images instead of noise: with one of the target's class where it has as many classes as the
   * network, otherwise with any. The setting `noise` adds noise to them.
   */
  readonly start?: DataSource;
  /** Default 0. */
  readonly seed?: number;
  /** Default PNG. */
  readonly imageFormat?: PoolImageFormat;
  /** Iterations between two checkpoints of the batch in progress. Default 100. */
  readonly saveEvery?: number;
  /** Stops after the iteration in progress; the same call goes on. */
  readonly signal?: AbortSignal;
  /** Called before it waits to find out whether a process on another machine still writes the pool, with a sentence. */
  readonly onWait?: (message: string) => void;
  readonly onEvent?: (event: SynthesisEvent) => void;
}

export type SynthesisEvent =
  | {
      readonly type: 'start';
      /** Whole batches that are there already, and images that count. */
      readonly batches: number;
      readonly images: number;
      /** Batches that were there and are made again. */
      readonly damaged: ReadonlyMap<number, KdxError>;
      readonly imagesPerBatch: number;
    }
  | ({ readonly type: 'step'; readonly batch: number; readonly images: number } & InversionProgress)
  | {
      readonly type: 'batch';
      readonly batch: number;
      /** Images that count, of this batch and of all. */
      readonly added: number;
      readonly images: number;
      readonly duplicates: number;
      readonly seconds: number;
      /** Share of this batch's images that the network takes for their target. */
      readonly inverted: number;
      readonly verified?: number;
    }
  /** The batch in progress goes on after this iteration. */
  | { readonly type: 'resumed'; readonly batch: number; readonly step: number }
  /** The checkpoint of the batch in progress cannot be read, so it begins anew. */
  | { readonly type: 'anew'; readonly batch: number; readonly error: KdxError }
  /** A batch of an earlier call was scored by the verifier. */
  | { readonly type: 'verified'; readonly batch: number };
