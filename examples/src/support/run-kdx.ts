import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunEvent, RunSummary } from '@kdx/core';

const kdx = join(dirname(createRequire(import.meta.url).resolve('@kdx/cli/package.json')), 'bin', 'kdx.js');

export interface KdxRunResult {
  readonly directory: string;
  readonly parameters: number;
  /** Fused head, last epoch, percent. */
  readonly validation: number;
  readonly test: number;
}

/**
 * Runs `kdx run … --out directory --json` as a process of its own, as a person would.
 * @param onEvent is called with what the run says of itself, line by line
 */
export async function runKdx(
  directory: string,
  flags: readonly string[],
  onEvent: (event: RunEvent) => void = () => {},
): Promise<KdxRunResult> {
  if (existsSync(directory)) throw new Error(`${directory} is there already`);
  const child = spawn(process.execPath, [kdx, 'run', '--json', '--out', directory, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  let summary: RunSummary | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as RunEvent | ({ readonly type: 'summary' } & RunSummary);
    if (event.type === 'summary') summary = event;
    else onEvent(event);
  }
  const code = await ended;
  if (code !== 0 || !summary) throw new Error(`kdx run ${flags.join(' ')} ended with exit code ${code}`);
  return {
    directory,
    parameters: summary.parameters,
    validation: summary.validation?.last.fused.top1 ?? Number.NaN,
    test: summary.test?.last.fused.top1 ?? Number.NaN,
  };
}

/** What a `kdx` command prints, run in a folder. */
export async function kdxOutput(args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(process.execPath, [kdx, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (code !== 0) throw new Error(`kdx ${args.join(' ')} ended with exit code ${code}`);
  return text;
}
