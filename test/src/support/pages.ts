import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './internal.js';

const below = (...path: string[]): string[] =>
  readdirSync(join(ROOT, ...path)).map((name) => join(ROOT, ...path, name));

const readmes = (folders: readonly string[]): string[] =>
  folders.map((folder) => join(folder, 'README.md')).filter((page) => existsSync(page));

/** The page of each plugin that comes with kdx. */
export const PLUGIN_PAGES = readmes(below('packages', 'plugins'));

/** All that a reader of the repository is led to. */
export const PAGES = [
  join(ROOT, 'README.md'),
  join(ROOT, 'CONTRIBUTING.md'),
  ...below('docs').filter((path) => path.endsWith('.md')),
  ...readmes([join(ROOT, 'examples'), join(ROOT, 'test', 'parity'), ...below('packages')]),
  ...PLUGIN_PAGES,
];
