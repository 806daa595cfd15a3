import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Backend } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import type { ChildRequest, ConformanceReport, SpecFailure } from './report.js';

// The parts of jasmine 3 that are used here; the package ships no types.
interface SpecResult {
  readonly fullName: string;
  readonly status: string;
  readonly failedExpectations: ReadonlyArray<{ readonly message: string }>;
}
interface JasmineEnv {
  configure(options: { random: boolean; failFast: boolean }): void;
  clearReporters(): void;
  addReporter(reporter: { specDone(result: SpecResult): void; suiteDone(result: SpecResult): void }): void;
  execute(runnables?: undefined, onComplete?: () => void): void;
}
interface Jasmine {
  readonly boot: (self: Jasmine) => { getEnv(): JasmineEnv };
}

const require = createRequire(import.meta.url);

async function loadBackend({ loader }: ChildRequest): Promise<void> {
  const module = (await import(loader.module)) as Record<string, () => Backend>;
  await module[loader.factory]().load();
}

function isOfStrings(inputs: tf.NamedTensorInfoMap, attrs: tf.NamedAttrMap | undefined): boolean {
  const dtypes = Object.values(inputs).map((input) => input?.dtype);
  return dtypes.includes('string') || (dtypes.length === 0 && attrs?.dtype === 'string');
}

/** Notes each kernel of the CPU back end that is called while another back end is the current one. */
function watchHostKernels(): { readonly numbers: Set<string>; readonly strings: Set<string> } {
  const called = { numbers: new Set<string>(), strings: new Set<string>() };
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    const { kernelName, kernelFunc } = kernel;
    tf.unregisterKernel(kernelName, 'cpu');
    tf.registerKernel({
      ...kernel,
      kernelFunc: (args) => {
        if (tf.getBackend() !== 'cpu') {
          called[isOfStrings(args.inputs, args.attrs) ? 'strings' : 'numbers'].add(kernelName);
        }
        return kernelFunc(args);
      },
    });
  }
  return called;
}

function runSpecs(request: ChildRequest): Promise<ConformanceReport> {
  const jasmineCore = require('jasmine-core') as Jasmine;
  const env = jasmineCore.boot(jasmineCore).getEnv();
  // Specs reset the engine for each suite, so an order that changed would change which ones fail.
  env.configure({ random: false, failFast: false });
  env.clearReporters();

  const { backendName } = request;
  Object.assign(globalThis, {
    kdxTestEnvs: [{ name: backendName, backendName, flags: {}, isDataSync: true }],
  });
  require(request.bundle);

  const onHost = watchHostKernels();
  let ran = 0;
  const failures: SpecFailure[] = [];
  const record = (result: SpecResult): void => {
    if (result.failedExpectations.length > 0) {
      failures.push({ name: result.fullName.trim(), message: result.failedExpectations[0].message });
    }
  };
  return new Promise((resolve) => {
    env.addReporter({
      specDone(result) {
        if (result.status === 'passed' || result.status === 'failed') ran++;
        record(result);
      },
      suiteDone: record,
    });
    env.execute(undefined, () => {
      failures.sort((a, b) => (a.name < b.name ? -1 : 1));
      resolve({
        ran,
        failures,
        onHost: { numbers: [...onHost.numbers].sort(), strings: [...onHost.strings].sort() },
      });
    });
  });
}

const request = JSON.parse(process.argv[2]) as ChildRequest;
await loadBackend(request);
const report = await runSpecs(request);
writeFileSync(request.reportFile, JSON.stringify(report));
// Specs leave workers and timers behind that would keep the process alive.
process.exit(0);
