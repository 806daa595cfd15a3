import { dataFolder } from '@kdx/data';
import Table from 'cli-table3';
import { Command } from 'commander';
import pc from 'picocolors';
import { bytesText } from '../check/amounts.js';
import { type CatalogueEntry, findEntry, readCatalogue } from '../fetch/catalogue.js';
import { fetchEntry, isThere, placeOfEntry } from '../fetch/fetch-entry.js';
import { fetchReporter } from '../fetch/fetch-reporter.js';
import { nextCommands } from '../fetch/next-command.js';
import { console } from '../process/own-process.js';
import { listenForInterrupt } from '../terminal/interrupt.js';
import { countFor } from './options.js';

interface FetchFlags {
  readonly dir: string;
  readonly force?: boolean;
  readonly offline?: boolean;
  readonly timeout: number;
  readonly catalogue?: string;
  readonly json?: boolean;
}

export const fetchCommand = (): Command =>
  new Command('fetch')
    .description('Downloads a data set or a trained teacher, verified; without a name lists them.')
    .argument('[name]', 'e.g. cifar100, teacher:cifar_resnet56')
    .option('--dir <dir>', 'where it goes; KDX_DATA sets the default', dataFolder())
    .option('--force', 'fetch it again where it is there')
    .option('--offline', 'ask no network, as KDX_OFFLINE=1 does: verify what is there')
    .option('--timeout <seconds>', 'give an address up without a byte for so long', countFor('--timeout'), 30)
    .option('--catalogue <file>', 'other addresses, in the format of catalogue/downloads.yaml')
    .option('--json', 'machine-readable output')
    .addHelpText(
      'after',
      `
A cut download goes on with the same command. Proxies: https_proxy, no_proxy.

Example:
  kdx data fetch cifar100`,
    )
    .action(async (name: string | undefined, _: unknown, command: Command) => {
      // "data" has --json too, and takes it for its own wherever it stands.
      const flags = command.optsWithGlobals<FetchFlags>();
      const entries = readCatalogue(flags.catalogue);
      if (name === undefined) list(entries, flags);
      else await fetchOne(findEntry(name, entries), flags);
    });

function list(entries: readonly CatalogueEntry[], { dir, json }: FetchFlags): void {
  const rows = entries.map((entry) => ({
    name: entry.name,
    bytes: entry.archive.bytes,
    there: isThere(entry, dir),
    path: placeOfEntry(entry, dir),
    title: entry.title,
    source: entry.source,
    licence: entry.licence,
  }));
  if (json) {
    console.log(JSON.stringify(rows));
    return;
  }
  const table = new Table({ head: ['name', 'size', 'there', 'what'], style: { head: [], border: [] } });
  for (const { name, bytes, there, title } of rows)
    table.push([name, bytes === undefined ? '?' : bytesText(bytes), there ? 'yes' : '', title]);
  console.log(table.toString());
  console.log(`Fetch one: kdx data fetch NAME. It goes to ${dir}.`);
}

async function fetchOne(entry: CatalogueEntry, flags: FetchFlags): Promise<void> {
  const { dir, json, catalogue } = flags;
  const reporter = fetchReporter(entry.archive.name);
  const interrupt = listenForInterrupt(() => reporter.end());
  try {
    const fetched = await fetchEntry(entry, {
      directory: dir,
      catalogue,
      force: flags.force,
      // To ask the network against somebody's will is the worse mistake.
      offline: flags.offline || !/^(0|false|no|off)?$/i.test(process.env.KDX_OFFLINE?.trim() ?? ''),
      idleMs: 1000 * flags.timeout,
      signal: interrupt.signal,
      onProgress: json ? undefined : reporter.progress,
      onTrouble: reporter.trouble,
    });
    reporter.end();
    const next = nextCommands(entry, dir);
    if (json) {
      const { name, source, licence } = entry;
      console.log(JSON.stringify({ name, ...fetched, source, licence, next }));
      return;
    }
    const { state, path, verified } = fetched;
    console.log(`${pc.green('✓')} ${state === 'there' ? 'Already there' : 'Fetched'}: ${path}`);
    console.log(`  verified by ${verified}`);
    console.log(`  from ${entry.source} (licence: ${entry.licence})`);
    if (entry.weights && next.length > 1)
      console.log(
        'It is a PyTorch file; make safetensors of it (pip install torch safetensors), then use it:',
      );
    else if (next.length > 0) console.log('Next:');
    for (const command of next) console.log(`  ${command}`);
  } finally {
    reporter.end();
    interrupt.release();
  }
}
