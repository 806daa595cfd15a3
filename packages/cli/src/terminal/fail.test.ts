import test from 'ava';
import { exitCode } from './fail.js';

test('what was typed wrong ends with 2, what failed with 3, Ctrl-C with 130', (t) => {
  const by = (code: number, ...names: string[]): void => {
    for (const name of names) t.is(exitCode(name), code, name);
  };
  by(
    2,
    'KDX_CONFIG',
    'KDX_CONFIG_MISSING',
    'KDX_SET',
    'KDX_RUN_EXISTS',
    'KDX_RESUME_MISMATCH',
    'KDX_PLUGIN_UNKNOWN',
  );
  by(2, 'KDX_TAP_UNKNOWN', 'KDX_MODEL_OPTION', 'KDX_DATA_MISSING', 'KDX_SLOT_TWICE', 'KDX_CLASS_COUNT');
  by(2, 'KDX_DATA_SMALL', 'KDX_OPTIMIZER_INVALID', 'KDX_TERM_TWICE', 'KDX_RUN_BROKEN', 'KDX_CHECKPOINT');
  by(2, 'KDX_WEIGHTS_FORMAT', 'KDX_WEIGHTS_NON_FINITE', 'KDX_CLASS_NAMES');
  by(2, 'KDX_WEIGHTS_MISMATCH', 'KDX_WEIGHTS_MALFORMED', 'KDX_WEIGHTS_TRUNCATED', 'KDX_UI_PORT');
  by(3, 'KDX_WRITE_FAILED', 'KDX_NON_FINITE', 'KDX_DATA_TRUNCATED', 'KDX_HOOK_FAILED');
  by(3, 'KDX_PLUGIN_FAILED', 'KDX_PLUGIN_HANGS', 'KDX_BACKEND_UNAVAILABLE');
  by(3, 'KDX_SYNTH_FILTER', 'KDX_SYNTH_REPEATS');
  by(130, 'KDX_INTERRUPTED');
});
