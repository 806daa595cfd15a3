import { isKdxError, KdxError } from '@kdx/tensor';
import { CHECKS, type CheckName, check, refusalOf, type Subject, stepFault } from '@kdx/testing';

/** How a check ended: it holds, it holds and there is something to tell, it does not, or the case was refused. */
export type Outcome = 'holds' | 'told' | 'fails' | 'refused';

/** One check of one case. */
export interface CheckResult {
  readonly case: string;
  readonly outcome: Outcome;
  /** E.g. why a term has no minimum. */
  readonly notes: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** One check of all cases. */
export interface CheckRow {
  readonly check: CheckName;
  /** What holds when it passes. */
  readonly title: string;
  readonly results: readonly CheckResult[];
}

/** A case that the plugin, or the engine on its behalf, does not run in, with the reason. */
export interface Refusal {
  readonly case: string;
  readonly error: KdxError;
}

/** @throws KdxError that of the first case, when none is left */
export async function refusals(subjects: readonly Subject[]): Promise<Refusal[]> {
  const refused: Refusal[] = [];
  for (const subject of subjects) {
    const error = await refusalOf(subject);
    if (error !== undefined) refused.push({ case: caseOf(subject), error });
  }
  if (refused.length < subjects.length) return refused;
  // The last is the richer model, which lacks least.
  const { error } = refused[refused.length - 1];
  const reasons = [
    ...new Set(refused.map(({ case: of, error: { message } }) => `on ${of}, ${told(message)}`)),
  ];
  throw new KdxError(
    error.code,
    `The plugin does not run, so nothing can be checked: ${reasons.join(' ')} Give it what it needs with --options, --beside or --student.`,
    { cause: error },
  );
}

/**
 * Every check would stumble over what keeps a plugin from its first step, each in other words.
 * @throws KdxError that of the first case that has one
 */
export async function refuseFaulty(subjects: readonly Subject[], refused: readonly Refusal[]): Promise<void> {
  for (const subject of subjects) {
    const error = refused.some((each) => each.case === caseOf(subject))
      ? undefined
      : await stepFault(subject);
    if (error === undefined) continue;
    throw new KdxError(
      error.code,
      `The plugin fails in its first steps on ${caseOf(subject)}, so nothing was checked: ${error.message}`,
      { cause: error },
    );
  }
}

/** "kdx models" does not know the models of the kit. */
const told = (message: string): string =>
  message.replace(/ "kdx models \S+ --taps" lists its taps\./, ' Its stages are f0, f1, …');

/** Every check in turn, on every case that is not refused. */
export async function* runChecks(
  subjects: readonly Subject[],
  refused: readonly Refusal[],
): AsyncGenerator<CheckRow> {
  for (const [name, { title }] of Object.entries(CHECKS) as [CheckName, { title: string }][]) {
    const results: CheckResult[] = [];
    for (const subject of subjects) {
      const isRefused = refused.some((each) => each.case === caseOf(subject));
      results.push(
        isRefused ? { case: caseOf(subject), outcome: 'refused', notes: [] } : await resultOf(name, subject),
      );
    }
    yield { check: name, title, results };
  }
}

async function resultOf(name: CheckName, subject: Subject): Promise<CheckResult> {
  try {
    const notes = await check(name, subject);
    return { case: caseOf(subject), outcome: notes.length > 0 ? 'told' : 'holds', notes };
  } catch (error) {
    if (!isKdxError(error)) throw error;
    const { code, message } = error;
    return { case: caseOf(subject), outcome: 'fails', notes: [], error: { code, message } };
  }
}

/** The student's name is enough to tell cases apart. */
export const caseOf = ({ student }: Subject): string =>
  typeof student === 'string' ? student : student.name;
