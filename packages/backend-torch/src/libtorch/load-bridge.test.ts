import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { KdxError } from '@kdx/tensor';
import test, { type ExecutionContext } from 'ava';
import {
  compileLibtorch,
  compilerTest,
  libtorchOf,
  STUB_LIBRARY,
  withStub,
} from './compiled-stub.test.helper.js';
import { fakeMachine, putLibtorch, putPython } from './fake-machine.test.helper.js';
import { buildBridge, builtBridge, type Host, loadBridge, probeTorch } from './index.js';

const compiled = compilerTest(test);

/** The refusal of a load, which the probe gives as its reason. */
async function refusal(t: ExecutionContext, options: { host: Host; sources?: string }): Promise<KdxError> {
  const error = await t.throwsAsync(() => loadBridge(options), { instanceOf: KdxError });
  t.deepEqual(await probeTorch(options), {
    available: false,
    reason: error.message,
    record: null,
    file: null,
  });
  return error;
}

test('no libtorch: how to get one', async (t) => {
  const { code, message } = await refusal(t, fakeMachine(t));
  t.is(code, 'KDX_TORCH_MISSING');
  t.regex(
    message,
    /found no libtorch that it can use; .*pip install torch.*KDX_LIBTORCH.*kdx backend build torch/,
  );
});

test('Windows: that WSL works', async (t) => {
  t.regex((await refusal(t, fakeMachine(t).with({ platform: 'win32' }))).message, /WSL/);
});

test('a libtorch and no bridge: what was found and the command that builds', async (t) => {
  const machine = fakeMachine(t);
  const { host } = machine.with({ prefixes: [putLibtorch(machine, 'usr')] });
  const { code, message } = await refusal(t, { host });
  t.is(code, 'KDX_TORCH_NOT_BUILT');
  t.regex(
    message,
    /not built yet; libtorch 2\.1\.0 in .*usr\/lib was found: build it with: kdx backend build torch$/,
  );
});

compiled('a bridge that was built is found without asking any Python', async (t) => {
  const machine = withStub(fakeMachine(t));
  const { sources } = machine;
  const python = putPython(machine, 'opt/python3', { torch: 'libtorch', version: '1.13.0' });
  const { host } = machine.with({ env: { KDX_LIBTORCH: python } });
  const { file } = await buildBridge(await libtorchOf(machine.with({ env: { KDX_LIBTORCH: python } })), {
    host,
    sources,
  });
  const asked = machine.calls().length;
  const probe = await probeTorch({ host, sources });
  t.true(probe.available, probe.reason);
  t.is(probe.record?.libtorch.version, '1.13.0');
  t.is((await builtBridge({ host, sources })).file, file);
  t.is(machine.calls().length, asked);
});

compiled('another libtorch than the bridge was built against is refused in words', async (t) => {
  const machine = withStub(fakeMachine(t));
  const { host, sources } = machine;
  await buildBridge(await libtorchOf(machine), { host, sources });
  compileLibtorch(machine, 'libtorch', '2.1.0');
  const { code, message } = await refusal(t, { host, sources });
  t.is(code, 'KDX_TORCH_MISMATCH');
  t.regex(
    message,
    /bridge was built against libtorch 1\.13\.0 in .*, and libtorch 2\.1\.0 in .* is found now; rebuild it with: kdx backend build torch$/,
  );
  await buildBridge(await libtorchOf(machine), { host, sources });
  t.true((await probeTorch({ host, sources })).available);
});

compiled('a libtorch replaced by one of the same version, and changed sources, are noticed', async (t) => {
  const machine = withStub(fakeMachine(t));
  const { host, sources } = machine;
  const libtorch = await libtorchOf(machine);
  await buildBridge(libtorch, { host, sources });
  appendFileSync(libtorch.cpuLibrary.path, 'x');
  t.regex(
    (await refusal(t, { host, sources })).message,
    /built against a libtorch that was replaced since \(libtorch 1\.13/,
  );
  await buildBridge(await libtorchOf(machine), { host, sources });
  machine.put('native/operator.h', '// new');
  const { code, message } = await refusal(t, { host, sources });
  t.is(code, 'KDX_TORCH_MISMATCH');
  t.regex(message, /built from the sources of another version of kdx/);
});

compiled('a libtorch that is gone is said to be', async (t) => {
  const machine = withStub(fakeMachine(t));
  const { host, sources } = machine;
  await buildBridge(await libtorchOf(machine), { host, sources });
  rmSync(join(machine.root, 'libtorch'), { recursive: true });
  const { code, message } = await refusal(t, { host, sources });
  t.is(code, 'KDX_TORCH_MISSING');
  t.regex(message, /\(libtorch 1\.13\.0 in .*, which it was built against, is gone; KDX_LIBTORCH is /);
});

compiled('the choice is one for each value of KDX_LIBTORCH', async (t) => {
  const machine = withStub(fakeMachine(t));
  const { sources } = machine;
  const other = machine.with({ env: { KDX_LIBTORCH: compileLibtorch(machine, 'other', '2.1.0') } });
  for (const { host } of [machine, other])
    await buildBridge(await libtorchOf(machine.with({ env: host.env })), { host, sources });
  t.is((await builtBridge({ host: machine.host, sources })).record.libtorch.version, '1.13.0');
  t.is((await builtBridge({ host: other.host, sources })).record.libtorch.version, '2.1.0');
});

compiled('a damaged bridge counts as none', async (t) => {
  const machine = withStub(fakeMachine(t));
  const { host, sources } = machine;
  const { file } = await buildBridge(await libtorchOf(machine), { host, sources });
  truncateSync(file, 1000);
  t.is((await refusal(t, { host, sources })).code, 'KDX_TORCH_NOT_BUILT');
  t.true((await buildBridge(await libtorchOf(machine), { host, sources })).compiled);
});

compiled('a bridge of the right size that does not load is built anew', async (t) => {
  const machine = withStub(fakeMachine(t));
  const { host, sources } = machine;
  const { file } = await buildBridge(await libtorchOf(machine), { host, sources });
  const { size } = statSync(file);
  writeFileSync(file, Buffer.alloc(size));
  const { code, message } = await refusal(t, { host, sources });
  t.is(code, 'KDX_TORCH_LOAD');
  t.regex(message, /rebuild it with: kdx backend build torch/);
  const lines: string[] = [];
  const log = (line: string): unknown => lines.push(line);
  t.true((await buildBridge(await libtorchOf(machine), { host, sources, log })).compiled);
  t.regex(lines[0], /^Building anew: .*does not load/);
  t.true((await probeTorch({ host, sources })).available);
});

compiled('a bridge that this Node has not loaded before is tried in another process first', async (t) => {
  const machine = withStub(fakeMachine(t));
  const { host, sources } = machine;
  const { file, record } = await buildBridge(await libtorchOf(machine), { host, sources });
  const marks = (): string[] => readdirSync(dirname(file)).filter((name) => name.startsWith('loads-'));
  t.is(marks().length, 1);
  for (const name of marks()) rmSync(join(dirname(file), name));
  t.true((await probeTorch({ host, sources })).available);
  t.is(marks().length, 1);
  for (const name of marks()) rmSync(join(dirname(file), name));
  // A library that aborts as it starts, with the identity on record kept out of the way.
  const aborting = `${STUB_LIBRARY}#include <cstdlib>\nstatic int dies = (std::abort(), 0);\n`;
  compileLibtorch(machine, 'aborting', '1.13.0', aborting);
  const c10 = join(record.libtorch.libDir, 'libc10.so');
  rmSync(c10);
  copyFileSync(join(machine.root, 'aborting/lib/libc10.so'), c10);
  const error = await refusal(t, { host, sources });
  t.is(error.code, 'KDX_TORCH_LOAD');
  t.regex(error.message, /SIGABRT/);
});
