import type { z } from 'zod';
import { CHECKS, type CheckName, check } from './check.js';
import { type ConformanceOptions, subjectsOf } from './subject.js';

/** A test runner's way to register a test: AVA's, node:test's, Vitest's, Jest's, Mocha's. */
export type RegisterTest = (title: string, run: (...context: unknown[]) => Promise<void>) => unknown;

/**
 * Registers one test per check and case of a plugin.
 *
 * ```ts
 * conformance(test, {
 *   plugin: deit,
 *   cases: [{ options: { type: 'soft' }, minimum: { 'deit/kd': 0 } }],
 * });
 * ```
 */
export function conformance<S extends z.ZodType>(
  register: RegisterTest,
  options: ConformanceOptions<S>,
): void {
  // Tests of one file count each other's tensors when they run side by side.
  const { serial } = register as { serial?: RegisterTest };
  const inTurn = serial ?? register;
  for (const subject of subjectsOf(options)) {
    for (const [name, { title }] of Object.entries(CHECKS) as [CheckName, { title: string }][]) {
      inTurn(`${subject.definition.name} (${subject.label}), ${name}: ${title}`, async (...[context]) => {
        const notes = await check(name, subject);
        // AVA's: it wants an assertion in each test.
        const told = (context ?? {}) as { log?(text: string): void; pass?(): void };
        for (const note of notes) told.log?.(note);
        told.pass?.();
      });
    }
  }
}
