import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The absolute folder that a spec names. A shell leaves the tilde of `cifar100:~/data` alone, because it does not start the word. */
export const sourceFolder = (source: string): string =>
  resolve(source.startsWith('~/') ? join(homedir(), source.slice(2)) : source);
