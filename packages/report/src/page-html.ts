import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PageData } from './page/page-data.js';

/** From `dist`; the package publishes this one source file. */
const STYLE = fileURLToPath(new URL('../src/page/page.css', import.meta.url));
const SCRIPTS = fileURLToPath(new URL('./page/', import.meta.url));

interface PageOptions {
  /** Whether the page goes on asking its server for what is new. */
  readonly live: boolean;
  /** The version of the data, from which a live page goes on. */
  readonly version?: number;
}

/** One HTML document with all it needs inside: it asks for nothing, and runs no script but its own. */
export function pageHtml(data: PageData, { live, version = 0 }: PageOptions): string {
  const scripts = [chartLibrary(), pageScript()].map(closed);
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map((script) => `'sha256-${hashOf(script)}'`).join(' ')}`,
    // ECharts writes the styles of its tooltips into their HTML.
    "style-src 'unsafe-inline'",
    'img-src data:',
    `connect-src ${live ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const names = data.runs.map(({ name }) => name).join(', ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escaped(names === '' ? 'kdx' : `${names.length > 80 ? `${data.runs.length} runs` : names} · kdx`)}</title>
<link rel="icon" href="data:,">
<style>${readFileSync(STYLE, 'utf8')}</style>
</head>
<body data-live="${live}" data-version="${version}">
<noscript>This page draws its charts with the scripts inside it; allow scripts to see them.</noscript>
<div id="page"></div>
<script type="application/json" id="data">${jsonInHtml(data)}</script>
<script>${scripts[0]}</script>
<script>${scripts[1]}</script>
</body>
</html>
`;
}

/** JSON that no HTML parser can leave: text of runs may hold anything. */
export const jsonInHtml = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');

let library: string | undefined;

/** ECharts as browsers take it. */
function chartLibrary(): string {
  library ??= readFileSync(createRequire(import.meta.url).resolve('echarts/dist/echarts.min'), 'utf8');
  return library;
}

let script: string | undefined;

/** The page's own modules, which are CommonJS, as one script: each a function that gets `require` and its `exports`. */
function pageScript(): string {
  script ??= [
    '(() => {',
    'const files = {',
    ...readdirSync(SCRIPTS)
      .filter((name) => name.endsWith('.js'))
      .sort()
      .map(
        (name) =>
          `"./${basename(name, '.js')}": (exports, require) => {\n${readFileSync(join(SCRIPTS, name), 'utf8')}\n},`,
      ),
    '};',
    'const loaded = {};',
    'const require = (name) => {',
    '  if (!loaded[name]) files[name]((loaded[name] = {}), require);',
    '  return loaded[name];',
    '};',
    'require("./main");',
    '})();',
  ].join('\n');
  return script;
}

/** A script that no text in it can end, with the line ends that a browser makes of them before it takes the hash. */
const closed = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll(/<\/(script)/gi, '<\\/$1');
const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign]);
