import { program } from './program.js';
import { fail } from './terminal/fail.js';

program().parseAsync().catch(fail);
