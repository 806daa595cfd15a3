import { messageOf } from '@kdx/tensor';
import { isPromise } from '../expected/describe-value.js';
import { EventStream, type RunEvent } from './event-stream.js';

type Listener = (event: RunEvent) => void;

/**
 * The stream of a run. Observers cannot change the run, so one that throws is only warned of; what keeps the run's events
 * is no observer and ends the run when it cannot.
 */
export class RunEvents extends EventStream {
  /** Keeps every event. What it throws is thrown by {@link send}. */
  recorder?: Listener;
  readonly #guarded = new WeakMap<Listener, Listener>();
  #step = 0;

  /** Optimiser steps done, as far as was told. */
  get step(): number {
    return this.#step;
  }

  override send(event: RunEvent): void {
    const step = event.type === 'run-start' ? event.resumedAt : 'step' in event ? event.step : 0;
    this.#step = Math.max(this.#step, step);
    this.recorder?.(event);
    super.send(event);
  }

  override on(name: 'event', listener: Listener, context?: unknown): this {
    return super.on(name, this.#guard(listener), context);
  }

  override addListener(name: 'event', listener: Listener, context?: unknown): this {
    return this.on(name, listener, context);
  }

  override once(name: 'event', listener: Listener, context?: unknown): this {
    return super.once(name, this.#guard(listener), context);
  }

  override removeListener(name: 'event', listener?: Listener, context?: unknown, once?: boolean): this {
    return super.removeListener(name, listener && (this.#guarded.get(listener) ?? listener), context, once);
  }

  override off(name: 'event', listener?: Listener, context?: unknown, once?: boolean): this {
    return this.removeListener(name, listener, context, once);
  }

  #guard(listener: Listener): Listener {
    const known = this.#guarded.get(listener);
    if (known) return known;
    const stream = this;
    // A function with a `this` of its own: the emitter calls it with the listener's context.
    const guarded = function (this: unknown, event: RunEvent): void {
      const failed = (error: unknown): void => stream.#failed(event, error);
      try {
        const result: unknown = listener.call(this, event);
        if (isPromise(result)) result.then(undefined, failed);
      } catch (error) {
        failed(error);
      }
    };
    this.#guarded.set(listener, guarded);
    return guarded;
  }

  #failed(event: RunEvent, error: unknown): void {
    // Else an observer that fails at every event would be warned of for ever.
    if (event.type === 'warning') return;
    const message = `An observer of the run's events failed at "${event.type}": ${messageOf(error)}`;
    this.send({ type: 'warning', step: this.#step, code: 'KDX_OBSERVER_FAILED', message });
  }
}
