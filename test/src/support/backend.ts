import type { DistillOptions } from '@kdx/run';
import type { Implementation, TestFn } from 'ava';

const BACKENDS = ['wasm', 'torch'] as const;

/** The back end that whole-system tests run on: what `KDX_TEST_BACKEND` names, by default wasm. */
export const BACKEND = backendNamed(process.env.KDX_TEST_BACKEND || 'wasm');

/** In code. One thread, since what is compared bit for bit must not depend on what `auto` measures. */
export const ON_BACKEND = { backend: BACKEND, threads: 1 } as const satisfies Partial<DistillOptions>;

/** As {@link ON_BACKEND}, on the command line. */
export const BACKEND_FLAGS: readonly string[] = ['--backend', BACKEND, '--threads', '1'];

function backendNamed(name: string): (typeof BACKENDS)[number] {
  const known = BACKENDS.find((candidate) => candidate === name);
  if (known === undefined) {
    throw new Error(`KDX_TEST_BACKEND is "${name}"; it takes ${BACKENDS.join(' or ')}.`);
  }
  return known;
}

/** `test` for what computes on {@link BACKEND}, which its title names. */
export const backendTest =
  <Context>(test: TestFn<Context>) =>
  (title: string, implementation: Implementation<[], Context>): void =>
    test(`${title} (${BACKEND})`, implementation);
