import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleSuite } from './bundle.js';
import type { BackendLoader, ChildRequest, ConformanceReport } from './report.js';

const CHILD = fileURLToPath(new URL('child.js', import.meta.url));
const LAST_OUTPUT_CHARACTERS = 2000;

/** Runs the child and resolves when it exits with 0; its output goes into the error otherwise. */
function runChild(request: ChildRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, JSON.stringify(request)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-LAST_OUTPUT_CHARACTERS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`the conformance run of ${request.backendName} ended with ${code ?? signal}:\n${output}`),
        );
    });
  });
}

/**
 * Runs the published TensorFlow.js conformance suite on one back end.
 *
 * It runs in a process of its own: the suite needs jasmine's globals and resets the engine hundreds of times.
 *
 * @param backendName name under which the back end registers, e.g. `wasm`.
 * @param loader where the child finds it.
 * @throws Error when the process ended before it had a report; the message holds its last output.
 */
export async function runConformance(backendName: string, loader: BackendLoader): Promise<ConformanceReport> {
  const directory = await mkdtemp(join(tmpdir(), 'kdx-conformance-'));
  try {
    const reportFile = join(directory, 'report.json');
    await runChild({ backendName, loader, bundle: await bundleSuite(), reportFile });
    return JSON.parse(await readFile(reportFile, 'utf8')) as ConformanceReport;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
