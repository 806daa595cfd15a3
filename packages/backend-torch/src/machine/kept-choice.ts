import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { jsonOf } from '../libtorch/files.js';
import type { MachineKey } from './machine-key.js';

/** Changes when choices of an earlier kdx would be read wrongly. */
const FORMAT = 1;

/** Something that was measured on this machine and decides the bits of results. */
export interface Choice<T> {
  readonly value: T;
  /** When it was chosen: an ISO date and time. */
  readonly chosen: string;
  /** Empty where the choice is on disk; otherwise why it could not be kept. */
  readonly notKept: string;
}

/** What a choice is of, and how to tell one from rubbish. */
export interface ChoiceOf<T> {
  /** The cache folder. */
  readonly folder: string;
  /** `threads`, `bf16`. */
  readonly what: string;
  /** All that the choice depends on. */
  readonly key: MachineKey;
  readonly isValid: (value: unknown) => value is T;
}

/** Path of the file that holds a choice. */
export function choiceFile({ folder, what, key }: ChoiceOf<never>): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([FORMAT, what, key]))
    .digest('hex');
  return join(folder, 'choices', `${what}-${hash.slice(0, 16)}.json`);
}

/** The choice that is kept; undefined where there is none, or the file is damaged or of another machine. */
export function keptChoice<T>(of: ChoiceOf<T>): Choice<T> | undefined {
  const found = jsonOf(choiceFile(of as ChoiceOf<never>)) as Record<string, unknown> | null;
  if (typeof found !== 'object' || found === null) return undefined;
  const { format, what, key, value, chosen } = found;
  const isOurs = format === FORMAT && what === of.what && isDeepStrictEqual(key, plain(of.key));
  if (!isOurs || typeof chosen !== 'string' || Number.isNaN(Date.parse(chosen)) || !of.isValid(value))
    return undefined;
  return { value, chosen, notKept: '' };
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/**
 * The kept choice, or one made now and kept. Of processes that choose at the same time the first to finish wins, and the
 * others take its choice, so that all compute the same bits.
 */
export async function settleChoice<T>(of: ChoiceOf<T>, choose: () => T | Promise<T>): Promise<Choice<T>> {
  return keptChoice(of) ?? keepChoice(of, await choose(), { replace: false });
}

/**
 * Keeps a choice.
 * @param replace whether a valid choice that is there already is replaced; one that is not valid always is
 */
export async function keepChoice<T>(
  of: ChoiceOf<T>,
  value: T,
  { replace }: { readonly replace: boolean },
): Promise<Choice<T>> {
  const file = choiceFile(of as ChoiceOf<never>);
  const chosen = new Date().toISOString();
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const { what, key } = of;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(temporary, `${JSON.stringify({ format: FORMAT, what, key, value, chosen }, null, 2)}\n`);
    try {
      // Unlike a rename, a link fails where the file is there: the first one stays.
      if (!replace) await link(temporary, file);
    } catch {
      const first = keptChoice(of);
      if (first !== undefined) return first;
      // Damaged, or the file system has no links.
      await rename(temporary, file);
    }
    if (replace) await rename(temporary, file);
    return { value, chosen, notKept: '' };
  } catch (error) {
    return { value, chosen, notKept: `${file}: ${(error as NodeJS.ErrnoException).code ?? error}` };
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}
