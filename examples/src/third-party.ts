/**
 * A plugin of someone else, by its name. `third-party/kdx-plugin-calm` is a package as one would publish it; here it is linked into
 * a bare project, as `npm install <folder>` does. Claim: kdx finds it there, says from which file, and its term is in the loss with
 * the weight that the command line gave it.
 */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BackendName, backendFlag, DEFAULT_BACKEND } from './support/choose-backend.js';
import { kdxOutput } from './support/run-kdx.js';

const PACKAGE = fileURLToPath(new URL('../third-party/kdx-plugin-calm', import.meta.url));

export interface ThirdPartyResult {
  /** What `kdx plugins` says of it. */
  readonly listed: { readonly name: string; readonly version: string; readonly builtIn: boolean };
  /** Whether the run printed the plugin's file. */
  readonly fileTold: boolean;
  /** Options that the run recorded. */
  readonly recorded: unknown;
  /** What each term is multiplied with. */
  readonly weights: Readonly<Record<string, number>>;
}

export async function thirdParty(
  say: (line: string) => void = () => {},
  backend: BackendName = DEFAULT_BACKEND,
): Promise<ThirdPartyResult> {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'kdx-third-party-')));
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'bare', private: true, dependencies: { 'kdx-plugin-calm': '*' } }),
  );
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(PACKAGE, join(project, 'node_modules', 'kdx-plugin-calm'), 'junction');

  const [listed] = JSON.parse(await kdxOutput(['plugins', 'calm', '--json'], project));
  const printed = await kdxOutput(
    [
      ...['run', '--student', 'convnet?width=4', '--data', 'shapes?train=32&validation=8&test=8'],
      ...['--plugins', 'calm:{"weight":0.25}', '--epochs', '1', '--batch', '16', '--out', 'run'],
      ...['--set', 'logEvery=1'],
      ...['--backend', backend],
    ],
    project,
  );
  const { config } = JSON.parse(readFileSync(join(project, 'run', 'config.json'), 'utf8'));
  const events = readFileSync(join(project, 'run', 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { weights } = events.find(({ type }) => type === 'step');
  rmSync(project, { recursive: true });
  say(`${listed.name} ${listed.version}; weights ${JSON.stringify(weights)}`);
  return { listed, fileTold: printed.includes('calm 1.0.0 is '), recorded: config.plugins, weights };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await thirdParty(console.log, backendFlag());
