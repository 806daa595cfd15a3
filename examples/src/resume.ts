/**
 * A run that is interrupted and goes on later. Claim: it ends in the same bytes as one that nobody disturbed: the student, and the
 * checkpoint with the optimiser's state. On the command line it is Ctrl-C, then `kdx run --resume DIR`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DistillOptions, distill } from '@kdx/run';
import { isKdxError } from '@kdx/tensor';
import { type BackendName, backendFlag, DEFAULT_BACKEND } from './support/choose-backend.js';

export interface ResumeResult {
  /** Code and sentence of the interruption. */
  readonly code: string;
  readonly message: string;
  /** Files that differ from those of the whole run. */
  readonly different: readonly string[];
}

export async function resume(
  say: (line: string) => void = () => {},
  backend: BackendName = DEFAULT_BACKEND,
): Promise<ResumeResult> {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-resume-'));
  const [whole, stopped] = ['whole', 'stopped'].map((name) => join(folder, name));
  const options: DistillOptions = {
    student: 'convnet?width=4',
    // Random things on purpose: each is drawn by (seed, epoch, image), so that a resumed run draws the same.
    data: 'shapes?train=96&validation=24&test=24&augment=crop,flip',
    mixup: 0.8,
    ema: 0.9,
    epochs: 3,
    batch: 16,
    lr: 1e-2,
    // A number, not auto: another number of threads gives other bits.
    threads: 1,
    logEvery: 1,
    backend,
  };
  await (await distill({ ...options, out: whole })).dispose();

  const stop = new AbortController();
  const interruption = await distill({
    ...options,
    out: stopped,
    signal: stop.signal,
    // In the middle of the second of three epochs of 6 steps.
    onEvent: (event) => {
      if (event.type === 'step' && event.step === 9) stop.abort();
    },
  }).then(
    () => {
      throw new Error('the run was not interrupted');
    },
    (error: unknown) => {
      if (isKdxError(error)) return error as Error & { code: string };
      throw error;
    },
  );
  say(interruption.message);
  await (await distill({ ...options, resume: stopped })).dispose();

  const files = ['student.safetensors', 'student.ema.safetensors', join('checkpoints', 'last.safetensors')];
  const different = files.filter(
    (file) => !readFileSync(join(whole, file)).equals(readFileSync(join(stopped, file))),
  );
  rmSync(folder, { recursive: true });
  say(different.length === 0 ? 'the same bytes' : `different: ${different.join(', ')}`);
  return { code: interruption.code, message: interruption.message, different };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await resume(console.log, backendFlag());
