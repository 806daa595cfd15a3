import { join } from 'node:path';
import { counted } from '@kdx/core/text';
import { findRuns, pageHtml, Report, refuseNone } from '@kdx/report';
import { statIfThere, writeWhole } from '@kdx/tensor';
import { Command } from 'commander';
import { console } from '../process/own-process.js';

interface ReportFlags {
  readonly out?: string;
  readonly attention?: string;
}

export const reportCommand = (): Command =>
  new Command('report')
    .description('Makes one page of runs: curves, scores, confusion, differences. Opens from disk.')
    .summary('Makes one page of runs: curves, scores, differences.')
    .argument('<dir...>', 'run folders, and folders of runs or of a comparison')
    .option('--out <file.html>', 'or a folder for report.html; default the one named, of several this one')
    .option(
      '--attention <file.json>',
      'what "kdx attention --json" printed; attention.json is found by itself',
    )
    .addHelpText(
      'after',
      `
Runs that differ only in their seed are shown together: mean, band, and the
difference to a baseline between equal seeds. The baseline is the comparison's,
or the first; the page has a choice. Charts can be saved as PNG, SVG or CSV.
Which classes are taken for which is shown of runs with confusion.json; runs
write it, and so does kdx eval … --confusion RUN/confusion.json

Examples:
  kdx report runs/plain runs/kd --out compared.html
  kdx report runs/bench`,
    )
    .action(async (directories: string[], flags: ReportFlags) => {
      refuseNone(findRuns(directories), directories);
      const report = new Report(directories, flags);
      await report.refresh();
      const data = report.data();
      const folder = directories.length === 1 ? directories[0] : '.';
      const out = flags.out ?? folder;
      const file = statIfThere(out)?.isDirectory() ? join(out, 'report.html') : out;
      const html = pageHtml(data, { live: false });
      writeWhole(file, html);
      const megabytes = (Buffer.byteLength(html) / 1e6).toFixed(1);
      console.log(`${file}  ${counted(data.runs.length, 'run')}, ${megabytes} MB`);
      for (const note of data.notes) console.log(note);
      for (const { name, notes } of data.runs) for (const note of notes) console.log(`${name}: ${note}`);
    });
