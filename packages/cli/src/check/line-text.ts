import pc from 'picocolors';
import { wrapped } from '../terminal/layout.js';
import type { CheckLine, CheckStatus } from './check-report.js';

const MARKS: Readonly<Record<CheckStatus, string>> = {
  ok: pc.green('✓'),
  warning: pc.yellow('!'),
  error: pc.red('✗'),
};

const TOPIC = 14;

/** One line of a check for people; a long one goes on below, indented. */
export function lineText({ status, topic, text, code }: CheckLine): string {
  const named = code === undefined ? text : `${status === 'error' ? pc.red(code) : pc.yellow(code)} ${text}`;
  const first = `${MARKS[status]} ${topic.padEnd(TOPIC)} `;
  return wrapped(named, { first, rest: ' '.repeat(TOPIC + 3), width: 100 }).join('\n');
}
