import type { BuiltBridge } from '../libtorch/build-record.js';
import { runProgram } from '../libtorch/run-program.js';
import type { ThreadChoice } from '../runtime/choose-threads.js';
import { type Choice, keptChoice } from './kept-choice.js';
import { torchChoices } from './torch-choices.js';
import { waitPassively } from './wait-passively.js';

/** What `--threads auto` and `--precision bf16` come to on this machine. */
export interface AboutMachine {
  /** The threads that were chosen before for float32; null where none were. */
  readonly threads: Choice<ThreadChoice> | null;
  readonly bf16: Bf16Verdict;
}

export interface Bf16Verdict {
  /** Whether `--precision bf16` is taken. */
  readonly accurate: boolean;
  /** Why not; empty where it is. */
  readonly reason: string;
  /** How many times as fast as float32; null where that is not known. */
  readonly speed: number | null;
}

const CHILD = new URL('bf16-child.js', import.meta.url).href;
const TIMEOUT_MS = 60_000;

/** Tries bf16 in a process of its own, which may die of an instruction that the processor lacks, and reads what is kept. */
export async function aboutMachine({ file, record }: BuiltBridge): Promise<AboutMachine> {
  waitPassively();
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { stdout, stderr, signal, code } = await runProgram(
    process.execPath,
    ['--input-type=module', '-e', `await import(${JSON.stringify(CHILD)})`, file],
    { env, timeoutMs: TIMEOUT_MS },
  );
  const line = stdout.split('\n').findLast((text) => text.startsWith('kdx '));
  const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const bf16: Bf16Verdict =
    line === undefined
      ? { accurate: false, reason: `a process that tried it ${how}${last && ` (${last})`}`, speed: null }
      : (JSON.parse(line.slice(4)) as Bf16Verdict);
  return { threads: keptChoice(torchChoices(record).threads('float32')) ?? null, bf16 };
}
