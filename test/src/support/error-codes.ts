import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './internal.js';

/** Looked through for codes. A file of another kind that holds one is an error, so that none goes unread. */
const SOURCES = /\.(ts|js|cc|h)$/;
const SKIPPED = new Set(['node_modules', 'dist', 'README.md', 'package.json']);
/** A table of codes: what stands there is stated, not raised. */
const TABLE = / = \{\n(?: {2}KDX_[\s\S]*?)?\} satisfies ErrorTable;/;

export interface SourceFile {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

/** Every file of every package that is no test, build output or README. */
export const productFiles = (): SourceFile[] => filesIn(join(ROOT, 'packages'));

const filesIn = (folder: string): SourceFile[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (SKIPPED.has(entry.name) || /\.test(\.helper)?\.ts$/.test(entry.name)) return [];
    if (entry.isDirectory()) return filesIn(path);
    return [{ path: relative(ROOT, path), text: readFileSync(path, 'utf8').replace(TABLE, ';') }];
  });

export interface Mention {
  readonly path: string;
  /** `KDX_…` as it stands there; one that ends in `_` is the beginning of others. */
  readonly word: string;
  /** In a comment: spoken of, not raised. */
  readonly comment: boolean;
}

/**
 * Every word that begins with `KDX`, wherever in a file it stands: string, template, pattern, comment. One without `_`, from
 * which a code could be put together, is among them.
 */
export function mentionsIn({ path, text }: SourceFile): Mention[] {
  if (!SOURCES.test(path) && text.includes('KDX_')) throw new Error(`${path} holds a KDX_… and is not read`);
  return text.split('\n').flatMap((line) =>
    [...line.matchAll(/KDX(?![a-z])[A-Z0-9_]*/g)].map(([word]) => ({
      path,
      word,
      comment: /^\s*(\*|\/\/|\/\*)/.test(line),
    })),
  );
}

/** Every `new KdxError('KDX_…')` of a product file, whose code no table states; `kdxError(…)` takes none but those of its table. */
export const untabled = ({ path, text }: SourceFile): string[] =>
  [...text.matchAll(/new KdxError\(\s*('[^']*')/g)].map(([, code]) => `${path}: ${code}`);
