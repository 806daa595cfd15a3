import { EventEmitter } from 'eventemitter3';
import type { HeadScores, Scores } from '../contracts/scores.js';
import type { TaskLabels } from '../contracts/task.js';
import type { SampleKind } from '../evaluate/draw-sample.js';

/** What a run tells its observers, in order. `step` counts optimiser steps and never falls. */
export type RunEvent =
  | {
      readonly type: 'run-start';
      readonly run: string;
      readonly resumedAt: number;
      readonly steps: number;
      /** What the scores of the run are called. Runs of older versions lack it; theirs are those of classification. */
      readonly task?: TaskLabels;
    }
  | {
      readonly type: 'teacher';
      /** The model's, with `(teacher2)` behind it where another teacher has the same. */
      readonly name: string;
      readonly split: string;
      readonly scores: Scores;
      /** How the images that were scored stand for the split, where they are a sample of it; see `drawSample`. */
      readonly sample?: {
        /** Images of the whole split. */
        readonly of: number;
        readonly kind: SampleKind;
      };
    }
  | {
      readonly type: 'step';
      readonly step: number;
      readonly epoch: number;
      /** Mean over the steps since the last such event. */
      readonly loss: number;
      /** Unweighted value of each term, the same mean. */
      readonly terms: Readonly<Record<string, number>>;
      /** What each term is multiplied with at this step: its own weight times its group's. Runs of older versions lack it. */
      readonly weights?: Readonly<Record<string, number>>;
      readonly learningRate: number;
      readonly imagesPerSecond: number;
    }
  | {
      readonly type: 'evaluation';
      readonly step: number;
      readonly epoch: number;
      readonly split: 'validation' | 'test';
      /** `last`, `best` or `ema`: which weights. */
      readonly weights: string;
      readonly heads: HeadScores;
    }
  | {
      readonly type: 'epoch';
      readonly step: number;
      readonly epoch: number;
      readonly loss: number;
      readonly terms: Readonly<Record<string, number>>;
      readonly seconds: number;
    }
  | {
      /** What the teacher cache did since the last such event, one per teacher; see `TeacherCache`. */
      readonly type: 'teacher-cache';
      readonly step: number;
      readonly epoch: number;
      /** `teacher`, `teacher2`, … */
      readonly teacher: string;
      /** Batches whose logits were on disk; for the first of a run the teacher is run too. */
      readonly hits: number;
      /** Batches whose logits were not. */
      readonly misses: number;
      /** Records that were not what was written; they are computed again. */
      readonly damaged: number;
      /** Teacher forwards saved, in seconds, less the time it took to read. */
      readonly secondsSaved: number;
    }
  | {
      readonly type: 'checkpoint';
      readonly step: number;
      readonly name: 'last' | 'best';
      readonly file: string;
      /** Set for a best checkpoint that was chosen for its averaged student. */
      readonly weights?: 'ema';
    }
  | { readonly type: 'log'; readonly step: number; readonly source: string; readonly message: string }
  | { readonly type: 'warning'; readonly step: number; readonly code: string; readonly message: string }
  | { readonly type: 'run-end'; readonly step: number; readonly seconds: number }
  | { readonly type: 'error'; readonly step: number; readonly code: string; readonly message: string };

/** One stream per run. Observers hang on `event`; they cannot change the run. */
export class EventStream extends EventEmitter<{ event: [RunEvent] }> {
  send(event: RunEvent): void {
    this.emit('event', event);
  }
}
