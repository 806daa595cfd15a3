import 'reflect-metadata';
import { container, type DependencyContainer } from 'tsyringe';
import { injectionToken, type Token } from '../contracts/slot.js';

export type { DependencyContainer } from 'tsyringe';

/** One container per run; nothing of one run is visible in another. */
export const createContainer = (): DependencyContainer => container.createChildContainer();

/** Whoever registers last wins without a word (findings/tsyringe-registered-twice.sh); slots are checked before. */
export const register = <T>(into: DependencyContainer, key: Token<T>, value: T): void => {
  // A factory and not a value: tsyringe takes an undefined value for a missing one, and a run may have no store.
  into.register(injectionToken(key), { useFactory: () => value });
};

export const resolve = <T>(from: DependencyContainer, key: Token<T>): T => from.resolve(injectionToken(key));
