import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KdxError } from '@kdx/tensor';
import test, { type ExecutionContext } from 'ava';
import { compilerTest, libtorchOf, STUB, withStub } from './compiled-stub.test.helper.js';
import { compileArguments } from './compiler.js';
import { type FakeMachine, fakeMachine, OLD_SYMBOL, putLibtorch } from './fake-machine.test.helper.js';
import { type BuildOptions, buildBridge } from './index.js';

const compiled = compilerTest(test);

/** Compiles on a machine whose g++ is a script; what it says it is, then what it does. */
async function failure(
  t: ExecutionContext,
  machine: FakeMachine,
  options: BuildOptions = {},
): Promise<KdxError> {
  const libtorch = await libtorchOf(machine);
  const error = await t.throwsAsync(() => buildBridge(libtorch, { host: machine.host, ...options }), {
    instanceOf: KdxError,
  });
  const cache = join(machine.root, 'cache');
  const folders = existsSync(cache) ? readdirSync(cache, { recursive: true }) : [];
  t.deepEqual(
    folders.filter((name) => /building|\.tmp|bridge\.node|build\.json/.test(String(name))),
    [],
  );
  return error;
}

function withCompiler(t: ExecutionContext, body: string, tree = {}): FakeMachine {
  const machine = fakeMachine(t);
  machine.script('bin/g++', `if [ "$1" = --version ]; then echo "g++ 99 of a test"; exit 0; fi\n${body}`);
  return machine.with({ env: { KDX_LIBTORCH: putLibtorch(machine, 'libtorch', tree) } });
}

test('no compiler: what to install, and CXX', async (t) => {
  const machine = fakeMachine(t);
  const { code, message } = await failure(
    t,
    machine.with({ env: { KDX_LIBTORCH: putLibtorch(machine, 'libtorch') } }),
  );
  t.is(code, 'KDX_TORCH_COMPILER');
  t.regex(
    message,
    /no C\+\+ compiler \(g\+\+, clang\+\+, c\+\+\) on PATH; .*install a compiler with: .*, or set CXX/,
  );
});

test('CXX is the compiler, words before its arguments and all, and one that does not start is named', async (t) => {
  const machine = withCompiler(t, 'exit 1');
  machine.script('tools/wrap', 'echo "wrapped 1"; [ "$2" = --version ]');
  const CXX = `${join(machine.root, 'tools/wrap')} clang++`;
  await failure(t, machine.with({ env: { CXX } }));
  t.true(machine.calls().some((call) => call.startsWith('tools/wrap clang++ -O2 ')));
  const { code, message } = await failure(t, machine.with({ env: { CXX: '/no/such/compiler' } }));
  t.is(code, 'KDX_TORCH_COMPILER');
  t.regex(message, /CXX is "\/no\/such\/compiler", which does not start/);
});

test('the compiler gets what libtorch was found to need', async (t) => {
  const tree = { version: '2.15.0', standard: 20, symbol: OLD_SYMBOL, cuda: 'libcudart.so.97' };
  const machine = withCompiler(t, 'exit 1', tree);
  await failure(t, machine);
  const call = machine.calls().find((line) => line.includes('-O2'))!;
  for (const flag of ['-DNAPI_VERSION=8', '-std=c++20', '-D_GLIBCXX_USE_CXX11_ABI=0'])
    t.true(call.includes(flag));
  t.regex(call, /-Wl,--no-as-needed .*-lc10 -ltorch_cpu -ltorch -lc10_cuda -ltorch_cuda /);
  t.regex(call, / -Xlinker -rpath -Xlinker \S+\/libtorch\/lib/);
});

test('a standard that nothing names is found by compiling the headers', async (t) => {
  const body = 'case "$*" in *-fsyntax-only*) case "$*" in *-std=c++20*) exit 0;; esac;; esac; exit 1';
  const machine = withCompiler(t, body, { standard: null });
  await failure(t, machine);
  t.regex(machine.calls().at(-1)!, /-O2 .*-std=c\+\+20 /);
});

test('headers that ask for less than the bridge is written in are compiled with the bridge’s standard', async (t) => {
  const machine = withCompiler(t, 'exit 1', { version: '1.13.0', standard: 14 });
  await failure(t, machine);
  t.regex(machine.calls().at(-1)!, /-std=c\+\+17 /);
});

const FAULTS: readonly [what: string, body: string, code: string, message: RegExp][] = [
  [
    'a compile error',
    'echo "In file included from x.h" >&2; echo "bridge.cc:3:5: error: no such member" >&2; exit 1',
    'KDX_TORCH_BUILD',
    /g\+\+ \(g\+\+ 99 of a test\) could not build .* against libtorch 2\.1\.0 in .*: bridge\.cc:3:5: error: no such member; with --verbose/,
  ],
  [
    'a full disk',
    'echo "/tmp/x.s: fatal error: error writing to: No space left on device" >&2; exit 1',
    'KDX_TORCH_BUILD',
    /^The disk is full: .*set KDX_TORCH_BUILD and TMPDIR/,
  ],
  [
    'a compiler that is too old',
    `echo "g++: error: unrecognized command line option '-std=c++17'" >&2; exit 1`,
    'KDX_TORCH_COMPILER',
    /does not know C\+\+17, which libtorch 2\.1\.0 in .* needs; install a newer compiler and set CXX/,
  ],
  [
    'a compiler killed for memory',
    'echo "g++: fatal error: Killed signal terminated program cc1plus" >&2; exit 1',
    'KDX_TORCH_BUILD',
    /was killed .*want of memory/,
  ],
  ['a compiler that is ended', 'kill -9 $$', 'KDX_TORCH_BUILD', /was killed .*want of memory/],
];
for (const [what, body, code, message] of FAULTS)
  test(`${what} is told in a sentence and leaves nothing behind`, async (t) => {
    const error = await failure(t, withCompiler(t, body));
    t.is(error.code, code);
    t.regex(error.message, message);
  });

test('a cache folder that cannot be written is named', async (t) => {
  const machine = withCompiler(t, 'exit 1');
  const KDX_TORCH_BUILD = join(machine.put('file', ''), 'cache');
  const { code, message } = await failure(t, machine.with({ env: { KDX_TORCH_BUILD } }));
  t.is(code, 'KDX_TORCH_BUILD');
  t.regex(message, /file\/cache", cannot be written .*set KDX_TORCH_BUILD to another/);
});

test('on macOS Node’s functions are left to be found at load', async (t) => {
  const machine = fakeMachine(t);
  const libtorch = await libtorchOf(
    machine.with({ env: { KDX_LIBTORCH: putLibtorch(machine, 'libtorch') } }),
  );
  const args = compileArguments('darwin', {
    libtorch: { ...libtorch, cxx11Abi: null },
    ...{ standard: 17, sources: '/s', nodeApi: '/n', output: '/o' },
  }).join(' ');
  t.regex(args, /-undefined dynamic_lookup/);
  t.notRegex(args, /no-as-needed|_GLIBCXX_USE_CXX11_ABI/);
});

compiled('a bridge is compiled, loaded, recorded and kept', async (t) => {
  const machine = withStub(fakeMachine(t));
  const { host, sources } = machine;
  const libtorch = await libtorchOf(machine);
  const first = await buildBridge(libtorch, { host, sources });
  t.true(first.compiled);
  t.is(first.loaded.builtWith, 'stub');
  const record: unknown = JSON.parse(readFileSync(join(first.file, '../build.json'), 'utf8'));
  t.deepEqual(record, JSON.parse(JSON.stringify(first.record)));
  t.deepEqual(first.record.libtorch, libtorch);
  const again = await buildBridge(libtorch, { host, sources });
  t.false(again.compiled);
  t.is(again.file, first.file);
  t.true((await buildBridge(libtorch, { host, sources, force: true })).compiled);
  machine.put('native/bridge.cc', `${STUB}// changed\n`);
  t.not((await buildBridge(libtorch, { host, sources })).file, first.file);
});

compiled('builds at the same time do not hurt each other', async (t) => {
  const machine = withStub(fakeMachine(t));
  const { host, sources } = machine;
  const libtorch = await libtorchOf(machine);
  const all = await Promise.all([1, 2, 3].map(() => buildBridge(libtorch, { host, sources })));
  t.is(new Set(all.map(({ file }) => file)).size, 1);
  t.deepEqual(
    readdirSync(join(all[0].file, '..')).filter(
      (name) => !/^(bridge\.node|build\.json|loads-\w+\.json)$/.test(name),
    ),
    [],
  );
});

compiled('a missing symbol is named as it is written in C++, and the build is not kept', async (t) => {
  const source = STUB.replace('c10::greet("kdx")', 'c10::absent("kdx")').replace('void greet', 'void absent');
  const machine = withStub(fakeMachine(t), '1.13.0', source);
  const { code, message } = await failure(t, machine, { sources: machine.sources });
  t.is(code, 'KDX_TORCH_LOAD');
  t.regex(
    message,
    /does not load with libtorch 1\.13\.0 in .*undefined symbol: (c10::absent\(|_ZN3c106absent)/,
  );
});

compiled('a bridge that aborts takes a child process with it and no more', async (t) => {
  const source = `${STUB}#include <cstdlib>\nstatic int dies = (std::abort(), 0);\n`;
  const machine = withStub(fakeMachine(t), '1.13.0', source);
  const { code, message } = await failure(t, machine, { sources: machine.sources });
  t.is(code, 'KDX_TORCH_LOAD');
  t.regex(message, /a process that tried was ended by SIGABRT/);
});
