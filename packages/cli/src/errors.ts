import { CORE_ERRORS } from '@kdx/core/errors';
import { RUN_ERRORS } from '@kdx/run/errors';
import { type ErrorTable, errorMaker, TENSOR_ERRORS } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const CLI_ERRORS = {
  KDX_OUTPUT_LOST: {
    exit: 'failure',
    means:
      "The command did its work, but its standard output could not be written, as when a log file's disk is full",
    fix: 'make room and give the command again; of a run, read its `events.jsonl`',
  },
  KDX_INTERNAL: {
    exit: 'internal',
    means: 'A fault of kdx itself, with a stack',
    fix: 'report it with all the lines printed',
  },
  KDX_DATA_SPLIT: {
    exit: 'usage',
    means: 'The data has no such split',
    fix: 'choose another `--split`',
  },
  KDX_FETCH_UNKNOWN: {
    exit: 'usage',
    means: 'The catalogue has nothing of that name',
    fix: '`kdx data fetch` lists what there is',
  },
  KDX_FETCH_CATALOGUE: {
    exit: 'usage',
    means: 'The file of `--catalogue` is not one',
    fix: 'mend the key that the sentence names',
  },
  KDX_FETCH_OFFLINE: {
    exit: 'usage',
    means: 'It is not there, and no network may be asked',
    fix: 'leave out `--offline` (or `KDX_OFFLINE`), or put the file there yourself',
  },
  KDX_FETCH_BUSY: {
    exit: 'usage',
    means: 'Another process is fetching the same',
    fix: 'wait for it, or another `--dir`',
  },
  KDX_FETCH_PROXY: {
    exit: 'usage',
    means: '`https_proxy` or `http_proxy` is no address of a proxy',
    fix: 'give it as `host:port` or `http://host:port`, or unset it',
  },
  KDX_FETCH_FAILED: {
    exit: 'failure',
    means: 'No address gave the file',
    fix: 'the same command goes on where it was cut',
  },
  KDX_FETCH_CHECKSUM: {
    exit: 'failure',
    means: 'What came is not what it should be, from no address',
    fix: 'try again later; report it',
  },
  KDX_FETCH_DAMAGED: {
    exit: 'failure',
    means: 'What lies there is not what it should be',
    fix: 'the command that the sentence names, with `--force`; or move away what is in the way',
  },
  KDX_FETCH_ARCHIVE: {
    exit: 'failure',
    means: 'The archive cannot be unpacked, or holds paths that lead out of it',
    fix: '`--force`',
  },
  KDX_FETCH_WRITE: {
    exit: 'failure',
    means: 'The disk is full, or the folder cannot be written',
    fix: 'make room, or another `--dir`',
  },
  KDX_NORMALIZATION: {
    exit: 'warning',
    means: 'The teacher does clearly better under another normalisation than the one it was given',
    fix: 'give it that one, as the sentence writes it',
  },
  KDX_PLUGIN_EXIT: {
    exit: 'failure',
    means: 'A plugin called `process.exit()`, `abort()` or `chdir()`, or left a promise for ever',
    fix: 'its author: throw an error instead, use absolute paths',
  },
  KDX_PLUGIN_STRAY: {
    exit: 'failure',
    means:
      'A plugin failed where nothing calls it: in a timer, an event, a promise that nothing awaits. The step in progress was done and saved',
    fix: 'its author: handle the error there',
  },
  KDX_PLUGIN_NAME: {
    exit: 'usage',
    means: '`kdx plugin new` was given a name that no package can have, or that kdx has',
    fix: 'the sentence suggests one',
  },
  KDX_PLUGIN_FOLDER: {
    exit: 'usage',
    means: 'The folder of the new plugin has something in it',
    fix: '`--dir` of another',
  },
  KDX_TRAINS_UNDECLARED: {
    exit: 'warning',
    means: 'A term reaches modules that it does not say it trains',
    fix: 'its author: detach, or declare it in `trains`',
  },
  KDX_TAP_ZERO: {
    exit: 'warning',
    means: 'A tap is all zeros, so nothing can be learnt from it',
    fix: 'read another tap, or give trained weights',
  },
  KDX_RUN_KILLED: {
    exit: 'failure',
    means: 'A run of a comparison ended without saying why, as for want of memory',
    fix: 'see what it said last; give the same command again',
  },
  KDX_RESUME_CODE: {
    exit: 'usage',
    means: 'The run was begun in code with parts that have no name',
    fix: 'resume it there: `distill({ …, resume })`',
  },
  KDX_RESUME_OUT: {
    exit: 'usage',
    means: '`--resume` and another `--out`',
    fix: 'leave one of them out',
  },
  KDX_BENCH_CHANGED: {
    exit: 'usage',
    means: 'The folder holds a comparison with other settings or other code of a plugin',
    fix: 'another `--out`, or delete that folder',
  },
  KDX_BENCH_SAME: {
    exit: 'usage',
    means: 'Two arms are the same run',
    fix: 'leave one out, or say what it changes',
  },
  KDX_BENCH_SPLIT: {
    exit: 'usage',
    means: 'There are neither test nor validation images to score on',
    fix: 'give data that has some',
  },
  KDX_BENCH_RUN: {
    exit: 'usage',
    means: 'A finished run of the comparison is no longer whole',
    fix: 'delete its folder and give the command again',
  },
  KDX_BENCH_FAILED: {
    exit: 'failure',
    means: 'Some runs of the comparison failed',
    fix: 'mend what the sentence names and give the command again',
  },
  KDX_NODE_VERSION: {
    exit: 'usage',
    means: 'Node is older than kdx can run on',
    fix: 'install the version that the sentence names, or a newer one',
  },
  KDX_COMMAND_TWICE: {
    exit: 'warning',
    means: 'A plugin brings a command whose name is taken, so that command is left out',
    fix: 'uninstall one of the two plugins, or ask the author of the plugin for another name',
  },
  KDX_COMMAND_LOAD: {
    exit: 'warning',
    means: 'The commands that a plugin brings cannot be loaded, so they are left out',
    fix: 'install another version of that plugin',
  },
  KDX_BENCH_TASKS: {
    exit: 'usage',
    means: 'The arms of a comparison have different tasks, whose scores cannot be compared',
    fix: 'compare runs of one task',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({
  ...TENSOR_ERRORS,
  ...CORE_ERRORS,
  ...RUN_ERRORS,
  ...CLI_ERRORS,
});
