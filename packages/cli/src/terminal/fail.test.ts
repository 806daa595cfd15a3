import { CORE_ERRORS } from '@kdx/core/errors';
import { DATA_ERRORS } from '@kdx/data/errors';
import { MODELS_ERRORS } from '@kdx/models/errors';
import { DF_DEARKD_ERRORS } from '@kdx/plugin-df-dearkd/errors';
import { REPORT_ERRORS } from '@kdx/report/errors';
import { RUN_ERRORS } from '@kdx/run/errors';
import { type ErrorTable, isKdxError, KdxError, TENSOR_ERRORS } from '@kdx/tensor/errors';
import test from 'ava';
import { CLI_ERRORS } from '../errors.js';
import { exitCode } from './fail.js';

const ERRORS: ErrorTable = {
  ...TENSOR_ERRORS,
  ...CORE_ERRORS,
  ...DATA_ERRORS,
  ...MODELS_ERRORS,
  ...DF_DEARKD_ERRORS,
  ...RUN_ERRORS,
  ...REPORT_ERRORS,
  ...CLI_ERRORS,
};

test('what was typed wrong ends with 2, what failed with 3, Ctrl-C with 130', (t) => {
  const by = (code: number, ...names: string[]): void => {
    for (const name of names) t.is(exitCode(ERRORS[name]), code, name);
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

test('an error of a plugin ends kdx as it says, also where another error adds to it', (t) => {
  const refused = new KdxError('KDX_RKD_PAIRS', 'RKD needs two images.', { exit: 'usage' });
  t.is(exitCode(refused), 2);
  t.is(exitCode(new KdxError('KDX_RKD_PAIRS', 'Plugin "rkd": …', { cause: refused })), 2);
  t.is(exitCode(new KdxError('KDX_OTHER', 'another code', { cause: refused })), 3);
  t.is(exitCode(new KdxError('KDX_RKD_PAIRS', 'without an exit')), 3);
});

test('an error of a copy of kdx that knows no exits is a failure', (t) => {
  const old: unknown = Object.assign(new Error('old'), { code: 'KDX_OLD' });
  t.is(isKdxError(old) ? exitCode(old) : undefined, 3);
});
