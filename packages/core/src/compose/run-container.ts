import 'reflect-metadata';
import { container, type DependencyContainer, instanceCachingFactory } from 'tsyringe';
import { injectionToken, type Token } from '../contracts/slot.js';

/** A class whose constructor names its services with `@inject`. */
export type Service<T> = new (...services: never[]) => T;

/**
 * The services of one run by their tokens. Nothing of one run is visible in another; each plugin has a child, where what is its own
 * hides what is the run's.
 */
export class RunContainer {
  readonly #container: DependencyContainer;

  constructor(parent: DependencyContainer = container) {
    this.#container = parent.createChildContainer();
  }

  /**
   * The last registration wins, and tsyringe does not report the earlier one (findings/tsyringe-registered-twice.sh), so
   * claims of plugins pass `Slots` first.
   */
  provide<T>(token: Token<T>, value: T): void {
    // A factory and not a value: tsyringe takes an undefined value for a missing one, and a run may have no store.
    this.#container.register(injectionToken(token), { useFactory: () => value });
  }

  /** Makes a service when it is first asked for, and once. */
  provideBy<T>(token: Token<T>, make: () => T): void {
    this.#container.register(injectionToken(token), { useFactory: instanceCachingFactory(make) });
  }

  has(token: Token<unknown>): boolean {
    return this.#container.isRegistered(injectionToken(token), true);
  }

  get<T>(token: Token<T>): T {
    return this.#container.resolve(injectionToken(token));
  }

  /** Makes an object of a class, with the services that its constructor names. */
  make<T>(service: Service<T>): T {
    return this.#container.resolve(service as new (...services: unknown[]) => T);
  }

  /** A container of a plugin's own. */
  child(): RunContainer {
    return new RunContainer(this.#container);
  }

  /** Disposes what it has made and its children have. */
  async dispose(): Promise<void> {
    await this.#container.dispose();
  }
}
