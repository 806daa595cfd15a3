import type { Rng } from '@kdx/tensor';
import type { InjectionToken } from 'tsyringe';

/** A key of the run's container that knows the type of what it stands for. */
export type Token<T> = symbol & { readonly __type?: T };

/** `Symbol.for`, so that two copies of a package still mean the same thing. */
export const token = <T>(name: string): Token<T> => Symbol.for(`kdx:${name}`) as Token<T>;

/** tsyringe's view of a {@link Token}. */
export const injectionToken = <T>(key: Token<T>): InjectionToken<T> => key as symbol as InjectionToken<T>;

/** Keyed random streams of one run: `rng('mix', epoch, batch)`. */
export type RunRng = (...purpose: (string | number)[]) => Rng;
