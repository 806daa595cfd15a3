import {
  BUILD_COMMAND,
  buildBridge,
  dayOf,
  describeLibtorch,
  findLibtorch,
  missingLibtorch,
  TUNE_COMMAND,
  thisHost,
  tuneTorch,
} from '@kdx/backend-torch';
import { didYouMean, isKdxError } from '@kdx/tensor';
import { Command } from 'commander';
import pc from 'picocolors';
import { kdxError } from '../errors.js';
import { console } from '../process/own-process.js';

/** The back ends that are compiled on the user's machine. */
const BUILT_HERE = ['torch'] as const;

export const backendCommand = (): Command =>
  new Command('backend')
    .description('Builds and tunes a back end for this machine.')
    .addHelpText('after', `\nExample:\n  ${BUILD_COMMAND}`)
    .addCommand(
      new Command('build')
        .description('Finds libtorch and compiles the torch back end against it.')
        .argument('<name>', BUILT_HERE.join(', '))
        .option('--force', 'compile even where a build that fits is there')
        .option('--verbose', 'show all that the compiler prints where it fails')
        .addHelpText(
          'after',
          `\nKDX_LIBTORCH names the libtorch to use: an unpacked one, or a Python with torch.\n\nExample:\n  ${BUILD_COMMAND}`,
        )
        .action(build),
    )
    .addCommand(
      new Command('tune')
        .description('Measures again which number of threads --threads auto takes on this machine.')
        .argument('<name>', BUILT_HERE.join(', '))
        .addHelpText(
          'after',
          `\nThe first run with --threads auto measures and keeps the number, so that equal\ncommands give equal bits. Tune on an idle machine; runs that have begun keep\ntheirs.\n\nExample:\n  ${TUNE_COMMAND}`,
        )
        .action(tune),
    );

/** @throws KdxError `KDX_BACKEND_UNKNOWN` for a back end that is not compiled here */
function checkBuiltHere(name: string, what: 'build' | 'tune'): void {
  if (BUILT_HERE.some((known) => known === name)) return;
  throw kdxError(
    'KDX_BACKEND_UNKNOWN',
    `There is nothing to ${what} for a back end "${name}"; what can be ${{ build: 'built', tune: 'tuned' }[what]} is ${BUILT_HERE.join(', ')}.${didYouMean(name, BUILT_HERE)}`,
  );
}

async function tune(name: string): Promise<void> {
  checkBuiltHere(name, 'tune');
  for (const { precision, before, now } of await tuneTorch()) {
    const kept = before === null ? '' : ` (before: ${before.value.threads}, of ${dayOf(before)})`;
    const times = Object.entries(now.value.milliseconds).map(([threads, ms]) => `${threads}: ${ms} ms`);
    const measured = times.length === 0 ? 'one core' : times.join(', ');
    console.log(`${precision.padEnd(7)}  threads ${now.value.threads}${kept}, measured ${measured}`);
    if (now.notKept !== '') console.log(pc.yellow(`It could not be kept: ${now.notKept}`));
  }
}

async function build(name: string, flags: { force?: boolean; verbose?: boolean }): Promise<void> {
  checkBuiltHere(name, 'build');
  const host = thisHost();
  const { libtorch, obstacles } = await findLibtorch(host);
  if (libtorch === null) throw missingLibtorch(host, obstacles);
  for (const obstacle of obstacles) console.log(`Passed over: ${obstacle}.`);
  console.log(`Found ${describeLibtorch(libtorch)}.`);
  try {
    const { compiled, file, loaded } = await buildBridge(libtorch, {
      host,
      force: flags.force,
      log: (line) => console.log(line),
    });
    console.log(`${pc.green('✓')} ${compiled ? 'Built' : 'Already built'}, and it loads: ${file}`);
    if (libtorch.cuda !== null) console.log(`It sees ${loaded.cudaDevices} CUDA device(s).`);
  } catch (error) {
    if (flags.verbose && isKdxError(error) && typeof error.cause === 'string') console.error(error.cause);
    throw error;
  }
  const set = host.env.KDX_LIBTORCH;
  console.log(`Use it with --backend torch${set ? `, with KDX_LIBTORCH=${set} set as now` : ''}.`);
}
