import { CORE_ERRORS } from '@kdx/core/errors';
import { MODELS_ERRORS } from '@kdx/models/errors';
import { type ErrorTable, errorMaker, TENSOR_ERRORS } from '@kdx/tensor/errors';

/** What the errors and warnings of this package mean; docs/errors.md is made of it. */
export const RUN_ERRORS = {
  KDX_CONFIG: {
    exit: 'usage',
    means:
      'A flag, or a key of a config file, is missing, unknown or has a value it does not take, or the file is not a config',
    fix: 'fix the key or line that the sentence names; `kdx run --help-all` and `kdx config --schema` list all keys',
  },
  KDX_CONFIG_MISSING: {
    exit: 'usage',
    means: 'The config file that was named is not there',
    fix: 'check its path; the sentence says where it was looked for',
  },
  KDX_SET: {
    exit: 'usage',
    means:
      '`--set` got something other than `path=value`, or JSON with a key twice, `__proto__` or a number out of range',
    fix: 'write e.g. `--set optimizer.weightDecay=0.1`',
  },
  KDX_RECIPE: {
    exit: 'usage',
    means: 'A recipe file is not sound: a wrong key, or a value whose source is not listed',
    fix: 'mend the file; `kdx recipes --schema` says what one may hold',
  },
  KDX_RECIPE_UNKNOWN: {
    exit: 'usage',
    means: 'There is no recipe of that name or file',
    fix: '`kdx recipes` lists them',
  },
  KDX_ARM_MISSING: {
    exit: 'usage',
    means: 'A comparison has no arms, or a config file has several and none was chosen',
    fix: 'name arms with `--arm`, or run all of them with `kdx bench`',
  },
  KDX_ARM_UNKNOWN: {
    exit: 'usage',
    means: 'The config file has no arm of that name, or `--against` names none that is compared',
    fix: 'take one that it has, or make one with `--arm NAME=PLUGINS`',
  },
  KDX_PLUGIN_UNKNOWN: {
    exit: 'usage',
    means: 'No plugin of that name or file was found',
    fix: '`kdx plugins` lists what is there; install the package',
  },
  KDX_PLUGIN_LIST: {
    exit: 'usage',
    means: 'The options after a name in `--plugins` are not a JSON object',
    fix: 'write `\'name:{"key":"value"}\'` in single quotes',
  },
  KDX_PLUGIN_LOAD: {
    exit: 'usage',
    means: "The plugin's file cannot be imported, ends the process, or takes longer than 60 s",
    fix: 'mend or reinstall it; the cause is in the sentence',
  },
  KDX_PLUGIN_STALE: {
    exit: 'warning',
    means: "A source of the plugin's folder is newer than what was built of it, which is used",
    fix: '`npm run build` in that folder',
  },
  KDX_RESUME_MISMATCH: {
    exit: 'usage',
    means:
      'What decides the bits (weights, data, code of plugins, back end, threads) is not what the run was started with',
    fix: 'restore that, or start a new run',
  },
  KDX_BACKEND_UNKNOWN: {
    exit: 'usage',
    means: 'There is no back end of that name, or none to build',
    fix: 'take one of those listed',
  },
} satisfies ErrorTable;

/** An error of this package, with the exit status of its code. */
export const kdxError = errorMaker({ ...TENSOR_ERRORS, ...CORE_ERRORS, ...MODELS_ERRORS, ...RUN_ERRORS });
