// Writes docs/errors.md from the error tables of the packages (`src/errors.ts` of each). `--check` only compares.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(ROOT, 'docs', 'errors.md');

/** Chapters of the page, in the order in which a run meets them; other packages follow. */
const CHAPTERS = {
  cli: 'Commands and flags',
  run: 'Configs, recipes, plugins by name',
  core: 'Composition, training, run folders',
  data: 'Data',
  models: 'Models and their weights',
  tensor: 'Files, weights, optimisers',
  nn: 'Layers and losses',
  'backend-wasm': 'Back end: wasm',
  'backend-torch': 'Back end: torch',
  'backend-tensorflow': 'Back end: TensorFlow',
  report: 'Reports',
  testing: 'Testing kit',
  classification: 'Task: classification',
};

const STATUS = { usage: '2', failure: '3', interrupted: '130', internal: '1', warning: 'warning' };

const INTRODUCTION = `# Errors

Every error and warning of kdx has a stable code. Its message says in one sentence what was wrong, where, and what fixes it. This
page lists all codes, package by package. It is generated: \`node scripts/errors-page.mjs\` writes it from the \`src/errors.ts\` of
each package.

\`\`\`
KDX_MODEL_UNKNOWN No model is called "cifar_resnt20". Did you mean "cifar_resnet20"? "kdx models" lists them all.
\`\`\`

In code, \`isKdxError(error)\` tells kdx's errors from others, \`error.code\` is the code and \`error.exit\` says how a command ends
with it. With \`--json\`, warnings are events with \`"type":"warning"\` and their \`code\`; in a run's folder they are in
\`events.jsonl\`.

## Exit codes

| exit code | meaning |
|---|---|
| 0 | done; of \`kdx check\`, fine or warnings only |
| 1 | a fault of kdx itself, \`KDX_INTERNAL\`: please report it |
| 2 | wrong usage: refused because of what was typed, or of a config, weights or plugins that do not fit, before anything ran |
| 3 | it ran, or tried to, and failed |
| 130 | interrupted by Ctrl-C, \`kill\`, or a terminal that closed (SIGINT, SIGTERM, SIGHUP); finished work was saved, and the message says how to resume. A second signal ends at once |

The column *exit* below is what \`kdx\` ends with; *warning* means that it goes on. A plugin gives its own errors an exit too:
\`new KdxError('KDX_MINE', message, { exit: 'usage' })\`, or a table of its own with \`errorMaker()\`; without one they end with 3.
`;

/** Folders of packages, tasks and built-in plugins last. */
function packages() {
  const of = (folder) =>
    readdirSync(join(ROOT, folder), { withFileTypes: true })
      .filter(
        (entry) => entry.isDirectory() && existsSync(join(ROOT, folder, entry.name, 'src', 'errors.ts')),
      )
      .map(({ name }) => ({ name, folder: join(folder, name) }));
  const known = Object.keys(CHAPTERS);
  const main = of('packages').sort((a, b) => known.indexOf(a.name) - known.indexOf(b.name));
  return [...main, ...of('packages/tasks'), ...of('packages/plugins')];
}

async function chapter({ name, folder }) {
  const module = await import(pathToFileURL(join(ROOT, folder, 'dist', 'errors.js')).href);
  const own = `${name.replaceAll('-', '_').toUpperCase()}_ERRORS`;
  const rows = Object.entries(module[own])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { exit, means, fix }]) => `| \`${code}\` | ${STATUS[exit]} | ${means} | ${fix} |`);
  if (rows.length === 0) return '';
  const title = CHAPTERS[name] ?? `Plugin: ${name}`;
  return `\n## ${title}\n\n| code | exit | what it means | what to do |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

const text = INTRODUCTION + (await Promise.all(packages().map(chapter))).join('');
if (process.argv.includes('--check')) {
  if (readFileSync(PAGE, 'utf8') !== text) {
    console.error('docs/errors.md is not what the packages say; run "node scripts/errors-page.mjs".');
    process.exit(1);
  }
} else writeFileSync(PAGE, text);
