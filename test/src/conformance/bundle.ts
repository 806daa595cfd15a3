import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);

/** The `dist` directory of the `@tensorflow/tfjs-core` that `@tensorflow/tfjs` itself runs on. */
function coreDist(): string {
  const fromTfjs = createRequire(require.resolve('@tensorflow/tfjs'));
  return dirname(fromTfjs.resolve('@tensorflow/tfjs-core'));
}

/**
 * Bundles the conformance suite that TensorFlow.js publishes inside `@tensorflow/tfjs-core`.
 *
 * The suite carries its own copy of the core, which shares the engine, the flags and the kernel registry with
 * the copy a back end imports: all three live on `globalThis`.
 *
 * @returns the path of one CommonJS file; it reads `globalThis.kdxTestEnvs` before it declares its specs.
 */
export async function bundleSuite(): Promise<string> {
  const core = coreDist();
  const outfile = join(dirname(fileURLToPath(import.meta.url)), 'suite.bundle.cjs');
  const modules = ['index.js', 'public/chained_ops/register_all_chained_ops.js', 'tests.js'];
  await build({
    stdin: {
      contents: [
        `require(${JSON.stringify(join(core, 'jasmine_util.js'))}).setTestEnvs(globalThis.kdxTestEnvs);`,
        ...modules.map((module) => `require(${JSON.stringify(join(core, module))});`),
      ].join('\n'),
      resolveDir: core,
    },
    alias: { 'jasmine-core': dirname(require.resolve('jasmine-core/package.json')) },
    // The package declares its spec files free of side effects, which is why they would be dropped as unused.
    ignoreAnnotations: true,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
    outfile,
  });
  return outfile;
}
