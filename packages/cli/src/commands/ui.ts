import { once } from 'node:events';
import { counted } from '@kdx/core/text';
import { findRuns, Report, serveReport } from '@kdx/report';
import { Command } from 'commander';
import pc from 'picocolors';
import { console } from '../process/own-process.js';
import { listenForInterrupt } from '../terminal/interrupt.js';
import { wholeFor } from './options.js';

interface UiFlags {
  readonly port?: number;
  readonly attention?: string;
  readonly json?: boolean;
}

export const uiCommand = (): Command =>
  new Command('ui')
    .description('Shows runs in a browser while they go on; the page of "kdx report", live.')
    .summary('Shows runs in a browser while they go on.')
    .argument('<dir...>', 'run folders, and folders of runs: new ones appear by themselves')
    .option('--port <n>', 'default one that is free', wholeFor('--port', 0, 65535))
    .option(
      '--attention <file.json>',
      'what "kdx attention --json" printed; attention.json is found by itself',
    )
    .option('--json', 'print the address as JSON')
    .addHelpText(
      'after',
      `
It answers on 127.0.0.1 alone; Ctrl-C ends it, with exit code 0. For runs of
another machine: kdx ui there, then ssh -L 8000:127.0.0.1:PORT THERE here.

Examples:
  kdx ui runs
  kdx ui runs/bench --port 8000`,
    )
    .action(async (directories: string[], { port = 0, attention, json }: UiFlags) => {
      // A folder of runs may still be empty; one that is not there is a mistake.
      const found = findRuns(directories).length;
      const report = new Report(directories, { attention });
      await report.refresh();
      const interrupt = listenForInterrupt(() => {});
      const server = await serveReport(report, {
        port,
        onProblem: (message) => console.error(pc.yellow(message)),
      });
      const { url } = server;
      console.log(
        json
          ? JSON.stringify({ url, runs: found })
          : `${pc.bold(url)}  ${counted(found, 'run')}; Ctrl-C ends it`,
      );
      if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort');
      interrupt.release();
      await server.close();
    });
