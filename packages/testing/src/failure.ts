import { messageOf } from '@kdx/tensor';
import { kdxError, type TESTING_ERRORS } from './errors.js';
import type { Subject } from './subject.js';

/** A check that did not hold: `KDX_CONFORMANCE_<CHECK>`. */
export const failed = (check: string, { definition, label }: Subject, finding: string, cause?: unknown) =>
  kdxError(
    codeOf(check),
    `Check "${check}" of plugin "${definition.name}" (${label}): ${finding}`,
    cause === undefined ? undefined : { cause },
  );

/** E.g. `KDX_CONFORMANCE_CLASS_COUNTS`. */
export const codeOf = (check: string): keyof typeof TESTING_ERRORS =>
  `KDX_CONFORMANCE_${check.toUpperCase().replaceAll('-', '_')}` as keyof typeof TESTING_ERRORS;

/** What a check throws when the plugin does not hold: one sentence of figures, and what mends it. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/** What was thrown, as a sentence that another can follow. */
export const sentenceOf = (cause: unknown): string => messageOf(cause).replace(/\.?$/, '.');
