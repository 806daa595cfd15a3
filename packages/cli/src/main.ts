import { program } from './program.js';
import { fail } from './terminal/fail.js';

// "kdx models | head" closes the pipe early; that is no fault, and a run goes on without its reader.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

program().parseAsync().catch(fail);
