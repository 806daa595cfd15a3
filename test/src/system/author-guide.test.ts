import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type Block, commandsOf, printedPattern, sectionsOf } from '../support/guide.js';
import { packWorkspace, shellLine } from '../support/packed.js';

// docs/plugin-authors.md, followed to the letter in an empty folder outside of the workspace, as someone who has a clone does:
// commands are typed, files written, and what the guide says is printed is compared with what is.

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const GUIDE = readFileSync(join(ROOT, 'docs', 'plugin-authors.md'), 'utf8');

const home = realpathSync(mkdtempSync(join(tmpdir(), 'kdx-author-')));
const packed = join(home, 'kdx', 'packed');
let cwd = join(home, 'work');
let printed = '';

test.before('pack once', () => {
  packWorkspace(packed);
  mkdirSync(cwd);
});
test.after.always(() => rmSync(home, { recursive: true, force: true }));

for (const { title, blocks } of sectionsOf(GUIDE)) {
  test.serial(title, async (t) => {
    t.timeout(10 * 60_000);
    for (const block of blocks) await follow(t, block);
    t.pass();
  });
}

async function follow(t: ExecutionContext, { language, file, text, line }: Block): Promise<void> {
  const where = `docs/plugin-authors.md:${line}`;
  if (file !== undefined) {
    mkdirSync(dirname(join(cwd, file)), { recursive: true });
    writeFileSync(join(cwd, file), text);
  } else if (language === 'sh') {
    for (const command of commandsOf(text)) await type(t, command, where);
  } else if (language === 'text') {
    t.regex(printed, printedPattern(text), where);
  } else if (language !== '') {
    t.fail(`${where}: nothing is done with a block of ${language}; name the file that it is`);
  }
}

async function type(t: ExecutionContext, command: string, where: string): Promise<void> {
  const [, folder] = /^cd (\S+)$/.exec(command) ?? [];
  if (folder !== undefined) {
    cwd = resolve(cwd, folder);
    return;
  }
  const { code, stdout, stderr } = await shellLine(fromClone(command), cwd);
  if (code !== 0) t.fail(`${where}: ${command} ended with ${code}:\n${stdout}${stderr}`);
  printed = stdout;
}

/** A command as the guide says it is typed where kdx is a clone and does not come from npm. */
function fromClone(command: string): string {
  if (command.startsWith('npx @kdx/cli '))
    return command.replace(
      'npx @kdx/cli',
      `"${process.execPath}" "${join(ROOT, 'packages/cli/bin/kdx.js')}"`,
    );
  if (!command.startsWith('npm install')) return command.replace(/^npx /, 'npx --no ');
  const rest = command.slice('npm install'.length).replace(' @kdx/cli', '');
  return `npm install --no-save --prefer-offline --no-audit --no-fund --ignore-scripts "${packed}"/*.tgz ${rest}`;
}
