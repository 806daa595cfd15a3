import pc from 'picocolors';
import { console } from '../process/own-process.js';

/** Tells of a config file that was found in the current folder. */
export const sayFound = (file: string): void => console.error(pc.dim(`config    ${file}`));
