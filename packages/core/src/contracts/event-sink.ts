import type { RunEvent } from '../events/event-stream.js';

/** Keeps the events of a run, in order. By default `events.jsonl` in the run's folder. */
export interface EventSink {
  /** Keeps an event. What it throws ends the run. */
  append(event: RunEvent): void;
  /** Forgets the events after optimiser step `step`: a run resumes there. −1 forgets all. */
  cutAfter(step: number): void;
  /** Seconds of the epochs that are kept, so that a resumed run counts them. */
  epochSeconds(): number;
  close(): void;
}
