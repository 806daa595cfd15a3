import type { HeadScores, RunEvent, Scores, TaskLabels } from '@kdx/core';
import type { TimedEvent } from './event-tail.js';
import type { HeadScore, LogLine } from './page/page-data.js';
import { TASK } from './run-schemas.js';
import { taskLabels } from './task-labels.js';

/** Of the log; a plugin may say something at every step. */
const LINES = 300;

/** Whether a name is another one, or that with the number of a namesake. */
const isNumbered = (name: string, plain: string): boolean =>
  name === plain || /^ #\d+$/.test(name.startsWith(plain) ? name.slice(plain.length) : '');

/** A curve that grows. */
export interface GrowingCurve {
  readonly x: number[];
  readonly y: number[];
}

/** Scores of a head that grow by an epoch. */
export interface GrowingHead {
  readonly epochs: number[];
  /** By score of the task. */
  readonly values: Record<string, number[]>;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** What the events of a run, in order, say about it. */
export class History {
  readonly loss: GrowingCurve = { x: [], y: [] };
  readonly terms = new Map<string, GrowingCurve>();
  readonly learningRate: GrowingCurve = { x: [], y: [] };
  readonly imagesPerSecond: GrowingCurve = { x: [], y: [] };
  readonly validation = new Map<string, GrowingHead>();
  readonly tests = new Map<string, readonly HeadScore[]>();
  readonly teachers: HeadScore[] = [];
  readonly log: LogLine[] = [];
  task: TaskLabels = taskLabels(undefined);
  step = 0;
  steps: number | undefined;
  bestEpoch: number | undefined;
  /** Set where the best epoch was chosen for its averaged student. */
  bestWeights: 'ema' | undefined;
  trainLoss: number | undefined;
  /** Of the epochs. */
  seconds = 0;
  /** Values that were NaN or infinite, and events whose fields are not what they should be. */
  unusable = 0;
  /** The last word, where it was that of a run that ended. */
  ending: { readonly code?: string; readonly message?: string } | undefined;
  /** Whether the run began or resumed, and no teacher was scored since. */
  #begun = false;
  /** Times of the latest steps, for how long it will take. */
  readonly pace: { readonly step: number; readonly time: number }[] = [];

  add(event: TimedEvent): void {
    try {
      this.#add(event);
    } catch (error) {
      // A line that is JSON and yet no event of a run; damage is counted, and said on the page.
      if (!(error instanceof TypeError)) throw error;
      this.unusable += 1;
    }
  }

  #add(event: TimedEvent): void {
    if ('step' in event && isNumber(event.step)) this.step = Math.max(this.step, event.step);
    switch (event.type) {
      case 'run-start':
        this.ending = undefined;
        this.#begun = true;
        this.pace.length = 0;
        this.task = taskLabels(TASK.safeParse(event.task).data);
        if (isNumber(event.steps)) this.steps = event.steps;
        if (event.resumedAt > 0) {
          this.step = event.resumedAt;
          this.#say(event, 'resumed', `resumed after step ${event.resumedAt}`);
        }
        break;
      case 'teacher':
        this.#teacher(event);
        break;
      case 'step':
        this.#point(this.loss, event.step, event.loss);
        for (const [term, value] of Object.entries(event.terms)) {
          const curve = this.terms.get(term) ?? { x: [], y: [] };
          this.terms.set(term, curve);
          this.#point(curve, event.step, value);
        }
        this.#point(this.learningRate, event.step, event.learningRate);
        this.#point(this.imagesPerSecond, event.step, event.imagesPerSecond);
        this.#keepPace(event);
        break;
      case 'epoch':
        this.trainLoss = isNumber(event.loss) ? event.loss : undefined;
        if (isNumber(event.seconds)) this.seconds += event.seconds;
        break;
      case 'evaluation':
        this.#evaluation(event.split, event.weights, event.epoch, event.heads);
        break;
      case 'checkpoint':
        // The best one is saved right after the validation that found it.
        if (event.name === 'best') {
          this.bestEpoch = [...this.validation.values()][0]?.epochs.at(-1);
          this.bestWeights = event.weights;
        }
        break;
      case 'log':
        this.#say(event, 'log', `[${event.source}] ${event.message}`);
        break;
      case 'warning':
        this.#say(event, 'warning', `${event.code} ${event.message}`);
        break;
      case 'run-end':
        this.ending = {};
        if (isNumber(event.seconds)) this.seconds = event.seconds;
        break;
      case 'error':
        this.ending = { code: event.code, message: event.message };
        this.#say(event, 'error', `${event.code} ${event.message}`);
        break;
    }
  }

  #teacher({ split, name, scores, sample }: Extract<RunEvent, { type: 'teacher' }>): void {
    // A run that goes on scores its teachers again.
    if (this.#begun) this.teachers.length = 0;
    this.#begun = false;
    const of = isNumber(sample?.of) ? { of: sample.of } : {};
    const score = { ...scoreOf(this.task, { split, weights: name, head: 'fused' }, scores), ...of };
    const namesakes = this.teachers.filter(
      (other) => other.split === split && isNumbered(other.weights, name),
    );
    this.teachers.push(
      namesakes.length === 0 ? score : { ...score, weights: `${name} #${namesakes.length + 1}` },
    );
  }

  #point({ x, y }: GrowingCurve, step: number, value: unknown): void {
    if (isNumber(step) && isNumber(value)) {
      x.push(step);
      y.push(value);
    } else this.unusable += 1;
  }

  #keepPace({ step, time }: { readonly step: number; readonly time?: string }): void {
    const at = Date.parse(time ?? '');
    if (!Number.isFinite(at)) return;
    this.pace.push({ step, time: at });
    if (this.pace.length > 30) this.pace.shift();
  }

  #evaluation(split: string, weights: string, epoch: number, heads: HeadScores): void {
    if (!isNumber(epoch)) throw new TypeError('an evaluation is of an epoch');
    const scores = Object.entries(heads).map(([head, found]) =>
      scoreOf(this.task, { split, weights, head }, found),
    );
    if (split === 'test') {
      this.tests.set(weights, scores);
      return;
    }
    for (const score of scores) {
      const name = weights === 'last' ? score.head : `${score.head} (${weights.toUpperCase()})`;
      const curve = this.validation.get(name) ?? {
        epochs: [],
        values: Object.fromEntries(Object.keys(this.task.scores).map((each) => [each, []])),
      };
      this.validation.set(name, curve);
      curve.epochs.push(epoch + 1);
      for (const [each, values] of Object.entries(curve.values))
        values.push(score.values[each] ?? Number.NaN);
    }
  }

  #say({ time }: TimedEvent, kind: LogLine['kind'], text: string): void {
    this.log.push({ time: time ?? '', kind, text });
    if (this.log.length > LINES) this.log.shift();
  }
}

const orNaN = (value: unknown): number => (isNumber(value) ? value : Number.NaN);

/** @throws TypeError for what lacks the number of images or the headline score */
export function scoreOf(
  { headline, scores: names }: TaskLabels,
  of: Pick<HeadScore, 'split' | 'weights' | 'head'>,
  scores: Scores,
): HeadScore {
  const { images } = scores;
  if (![images, scores[headline.name]].every(isNumber)) throw new TypeError(`${of.head} has no scores`);
  const values = Object.fromEntries(Object.keys(names).map((name) => [name, orNaN(scores[name])]));
  return { ...of, images, values };
}
