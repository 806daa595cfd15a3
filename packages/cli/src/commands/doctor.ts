import { availableParallelism, freemem, totalmem } from 'node:os';
import {
  type AboutMachine,
  aboutMachine,
  dayOf,
  describeLibtorch,
  probeTorch,
  TUNE_COMMAND,
  trialLoad,
  vectorInstructions,
} from '@kdx/backend-torch';
import { KDX_VERSION } from '@kdx/run';
import { backends, environment } from '@kdx/run/parts';
import { isKdxError } from '@kdx/tensor';
import { Command } from 'commander';
import pc from 'picocolors';
import { console } from '../process/own-process.js';

interface TorchDetails extends AboutMachine {
  /** In words. */
  readonly libtorch: string;
  readonly compiler: string;
  /** Vector instructions of the processor; empty where the system does not say. */
  readonly cpu: readonly string[];
  readonly cudaDevices: number;
}

/**
 * What the torch back end was built against and finds now, loaded in a process of its own; null where it is not
 * available, which its probe explains.
 * @throws KdxError `KDX_TORCH_LOAD` where it loaded once and does not any more
 */
async function torchDetails(): Promise<TorchDetails | null> {
  const { record, file } = await probeTorch();
  if (record === null || file === null) return null;
  const { cudaDevices } = await trialLoad(file, record.libtorch);
  return {
    libtorch: describeLibtorch(record.libtorch),
    compiler: record.compiler,
    cpu: vectorInstructions(),
    cudaDevices,
    ...(await aboutMachine({ file, record })),
  };
}

/** `threads 2, chosen for this machine on 2026-11-30`. */
const threadsText = ({ threads }: AboutMachine): string =>
  threads === null
    ? '--threads auto: the first run measures and keeps what it finds'
    : `--threads auto: ${threads.value.threads}, chosen for this machine on ${dayOf(threads)}; choose again with: ${TUNE_COMMAND}`;

/** Whether bf16 is taken here, and what it is worth. */
const bf16Text = ({ bf16: { accurate, reason, speed } }: AboutMachine): string =>
  accurate
    ? `--precision bf16: right, ${speed} times as fast as float32`
    : `--precision bf16: refused, ${reason}`;

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('Says what this machine can run, and why not.')
    .option('--json', 'machine-readable output')
    .addHelpText('after', '\nExample:\n  kdx doctor')
    .action(async (flags: { json?: boolean }) => {
      const found = await Promise.all(
        backends().map(async (backend) => ({ name: backend.name, ...(await backend.probe()) })),
      );
      const torch = await torchDetails().catch((error: unknown) => {
        if (!isKdxError(error)) throw error;
        const row = found.find(({ name }) => name === 'torch');
        if (row !== undefined) Object.assign(row, { available: false, reason: error.message });
        return null;
      });
      const auto = found.find(({ available }) => available)?.name;
      const gib = (bytes: number): number => +(bytes / 2 ** 30).toFixed(1);
      const report = {
        kdx: KDX_VERSION,
        ...environment(),
        cores: availableParallelism(),
        memoryGiB: gib(totalmem()),
        freeGiB: gib(freemem()),
        backends: found,
        torch,
        auto,
      };
      if (flags.json) {
        console.log(JSON.stringify(report));
        return;
      }
      console.log(`kdx ${report.kdx}, Node ${report.node}, TensorFlow.js ${report.tfjs}`);
      console.log(
        `${report.platform}, ${report.cpu}, ${report.cores} cores, ${report.memoryGiB} GiB (${report.freeGiB} free)`,
      );
      for (const { name, available, reason } of found) {
        console.log(
          `${available ? pc.green('✓') : pc.yellow('–')} ${name.padEnd(11)} ${reason || 'loads here'}`,
        );
        if (name === 'torch' && report.torch !== null) {
          const { libtorch, compiler, cpu, cudaDevices } = report.torch;
          console.log(`  ${libtorch}, built with ${compiler}`);
          console.log(`  CPU: ${cpu.join(', ') || 'not told'}; CUDA devices: ${cudaDevices}`);
          console.log(`  ${threadsText(report.torch)}`);
          console.log(`  ${bf16Text(report.torch)}`);
        }
      }
      console.log(auto ? `--backend auto would take ${auto}.` : 'No back end loads here.');
    });
