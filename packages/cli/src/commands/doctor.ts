import { availableParallelism, freemem, totalmem } from 'node:os';
import { Command } from 'commander';
import pc from 'picocolors';
import { backends } from '../backends/select-backend.js';
import { environment, KDX_VERSION } from '../run/record.js';

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('Says what this machine can run, and why not.')
    .option('--json', 'machine-readable output')
    .addHelpText('after', '\nExample:\n  kdx doctor')
    .action(async (flags: { json?: boolean }) => {
      const found = await Promise.all(
        backends().map(async (backend) => ({ name: backend.name, ...(await backend.probe()) })),
      );
      const auto = found.find(({ available }) => available)?.name;
      const gib = (bytes: number): number => +(bytes / 2 ** 30).toFixed(1);
      const report = {
        kdx: KDX_VERSION,
        ...environment(),
        cores: availableParallelism(),
        memoryGiB: gib(totalmem()),
        freeGiB: gib(freemem()),
        backends: found,
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
      }
      console.log(auto ? `--backend auto would take ${auto}.` : 'No back end loads here.');
    });
