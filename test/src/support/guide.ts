/** A fenced block of a page in Markdown. */
export interface Block {
  /** The first word of its info string, empty for a drawing or formula. */
  readonly language: string;
  /** The rest of it: the file that the block is. */
  readonly file: string | undefined;
  readonly text: string;
  /** Of its fence, from 1. */
  readonly line: number;
}

/** A part of a page from one heading of the second level to the next. */
export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** The sections of a page that have blocks. @throws Error on a fence that is not closed */
export function sectionsOf(markdown: string): Section[] {
  const sections: { title: string; blocks: Block[] }[] = [{ title: '', blocks: [] }];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    if (lines[at].startsWith('## ')) sections.push({ title: lines[at].slice(3), blocks: [] });
    const [, fence, language, file] = /^(`{3,})(\w*)(?: (\S+))?$/.exec(lines[at]) ?? [];
    if (fence === undefined) continue;
    const end = lines.indexOf(fence, at + 1);
    if (end < 0) throw new Error(`the block of line ${at + 1} is not closed`);
    const text = `${lines.slice(at + 1, end).join('\n')}\n`;
    sections[sections.length - 1].blocks.push({ language, file, text, line: at + 1 });
    at = end;
  }
  return sections.filter(({ blocks }) => blocks.length > 0);
}

/** The commands of a shell block; a `\` at the end of a line goes on in the next. */
export const commandsOf = (text: string): string[] =>
  text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '');

/** What a page says is printed, as a pattern: `…` stands for any text, and alone on its line for any lines. */
export function printedPattern(text: string): RegExp {
  const lines = text.trimEnd().split('\n');
  const parts = lines.map((line) =>
    line === '…'
      ? '(?:.*\\n)*?'
      : `${line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*')}[ ]*\\n`,
  );
  return new RegExp(`^${parts.join('')}$`);
}
