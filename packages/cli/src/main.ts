import { program } from './program.js';
import { fail } from './terminal/fail.js';
import { leave } from './terminal/leave.js';

// "kdx models | head" closes the pipe early; that is no fault, and a run goes on without its reader.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// What a plugin left open must not keep a command that is done.
program().parseAsync().then(leave, fail);
