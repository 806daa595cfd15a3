import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  CXX11_SYMBOL,
  type FakeMachine,
  fakeMachine,
  OLD_SYMBOL,
  putHeaders,
  putLibtorch,
  putPlainPython,
  putPython,
} from './fake-machine.test.helper.js';
import { findLibtorch, type Libtorch } from './index.js';

async function found(t: ExecutionContext, { host }: FakeMachine): Promise<Libtorch> {
  const { libtorch, obstacles } = await findLibtorch(host);
  t.truthy(libtorch, obstacles.join('; '));
  return libtorch!;
}

async function refusal(t: ExecutionContext, { host }: FakeMachine): Promise<string> {
  const { libtorch, obstacles } = await findLibtorch(host);
  t.is(libtorch, null);
  return obstacles.join('; ');
}

const named = (machine: FakeMachine, path: string): FakeMachine =>
  machine.with({ env: { KDX_LIBTORCH: path } });

test('an empty machine has none and nothing to say about it', async (t) => {
  t.is(await refusal(t, fakeMachine(t)), '');
});

test('the folder that KDX_LIBTORCH names, laid out as the zip of PyTorch', async (t) => {
  const machine = fakeMachine(t);
  const folder = putLibtorch(machine, 'zip', { version: '2.1.0', standard: 17 });
  const libtorch = await found(t, named(machine, folder));
  t.is(libtorch.version, '2.1.0');
  t.is(libtorch.source, 'KDX_LIBTORCH');
  t.is(libtorch.libDir, join(folder, 'lib'));
  t.deepEqual(libtorch.includeDirs, [
    join(folder, 'include'),
    join(folder, 'include/torch/csrc/api/include'),
  ]);
  t.deepEqual(libtorch.libraries, ['c10', 'torch_cpu', 'torch']);
  t.is(libtorch.cxx11Abi, true);
  t.is(libtorch.cxxStandard, 17);
  t.is(libtorch.cuda, null);
});

test('KDX_LIBTORCH goes before Pythons and the system, and nothing else is tried where it is wrong', async (t) => {
  const machine = fakeMachine(t).with({ prefixes: [putLibtorch(fakeMachine(t), 'usr')] });
  putLibtorch(machine, 'venv/torch');
  putPython(machine, 'bin/python3', { torch: 'venv/torch' });
  const zip = putLibtorch(machine, 'zip', { version: '2.2.0' });
  t.is((await found(t, named(machine, zip))).version, '2.2.0');
  t.regex(
    await refusal(t, named(machine, '/no/such')),
    /KDX_LIBTORCH is "\/no\/such": there is no such file or folder/,
  );
  t.regex(
    await refusal(t, named(machine, join(machine.root, 'bin'))),
    /: no libtorch_cpu\.so and libc10\.so in .*bin\/lib or/,
  );
});

test('KDX_LIBTORCH may be a Python', async (t) => {
  const machine = fakeMachine(t);
  putLibtorch(machine, 'env/torch');
  const python = putPython(machine, 'env/python', { torch: 'env/torch' });
  t.is((await found(t, named(machine, python))).source, python);
  const plain = putPlainPython(machine, 'plain/python');
  t.regex(await refusal(t, named(machine, plain)), /this is no Python that has torch/);
});

test('the first Python whose torch imports, an active environment before PATH, before the system', async (t) => {
  const machine = fakeMachine(t);
  putLibtorch(machine, 'a/torch', { version: '2.3.0' });
  putLibtorch(machine, 'b/torch', { version: '2.4.0' });
  const system = machine.with({ prefixes: [putLibtorch(machine, 'usr', { version: '2.5.0' })] });
  t.is((await found(t, system)).source, 'the system');
  putPlainPython(machine, 'bin/python');
  machine.script('bin/python3', 'echo "pyenv: python3: command not found" >&2; exit 127');
  t.is((await found(t, system)).version, '2.5.0');
  const python = putPython(machine, 'opt/python3', { torch: 'a/torch', version: '2.3.0', chatter: 'hello' });
  t.is((await found(t, system.with({ pythons: [python] }))).version, '2.3.0');
  putPython(machine, 'env/bin/python', { torch: 'b/torch', version: '2.4.0' });
  const active = system.with({ pythons: [python], env: { VIRTUAL_ENV: join(machine.root, 'env') } });
  t.is((await found(t, active)).version, '2.4.0');
});

test('a Python without headers is passed over and named', async (t) => {
  const machine = fakeMachine(t);
  putLibtorch(machine, 'a/torch', { headers: false });
  putPython(machine, 'bin/python3', { torch: 'a/torch' });
  t.regex(
    await refusal(t, machine),
    /^PyTorch 2\.1\.0 in .*a\/torch\/lib lacks its C\+\+ headers \(none in .*libtorch-dev\)$/,
  );
  const system = machine.with({ prefixes: [putLibtorch(machine, 'usr', { version: '1.13.0' })] });
  const { libtorch, obstacles } = await findLibtorch(system.host);
  t.is(libtorch?.version, '1.13.0');
  t.regex(obstacles[0], /lacks its C\+\+ headers/);
});

test('headers of another release are not taken, those of the same are, a suffix aside', async (t) => {
  const machine = fakeMachine(t);
  putLibtorch(machine, 'a/torch', { headers: false });
  putPython(machine, 'bin/python3', { torch: 'a/torch', version: '2.1.0a0+cu121' });
  putHeaders(machine, 'python-prefix', '2.0.1', 17);
  t.regex(await refusal(t, machine), /those in .*python-prefix\/include are of 2\.0\.1/);
  putHeaders(machine, 'python-prefix', '2.1.0', 17);
  t.is((await found(t, machine)).includeDirs[0], join(machine.root, 'python-prefix/include'));
});

test('a torch that cannot be imported is passed over with what Python said', async (t) => {
  const machine = fakeMachine(t);
  const located = JSON.stringify({ executable: '/x/python', torch: join(machine.root, 'torch/__init__.py') });
  machine.script(
    'bin/python3',
    `case "$2" in *find_spec*) echo 'kdx ${located}';; *) echo "ImportError: libcudart.so.12: not found" >&2; exit 1;; esac`,
  );
  t.regex(
    await refusal(t, machine),
    /bin\/python3 has a torch that cannot be imported \(ImportError: libcudart/,
  );
});

test('torch is imported once, and again when it changes', async (t) => {
  const machine = fakeMachine(t);
  putLibtorch(machine, 'a/torch');
  putPython(machine, 'bin/python3', { torch: 'a/torch' });
  const imports = (): number => machine.calls().filter((call) => call.includes('bin/python3')).length;
  const first = await found(t, machine);
  t.is(imports(), 2, 'located, then imported');
  t.deepEqual(await found(t, machine), first);
  t.is(imports(), 3, 'located only');
  writeFileSync(join(machine.root, 'a/torch/version.py'), '2.1.0 of a later day');
  await found(t, machine);
  t.is(imports(), 5);
});

test('a python that is another name of one is not asked again', async (t) => {
  const machine = fakeMachine(t);
  symlinkSync(putPlainPython(machine, 'bin/python3'), join(machine.root, 'bin/python'));
  await refusal(t, machine);
  t.is(machine.calls().filter((call) => call.startsWith('bin/')).length, 1);
});

test('the ABI of strings is what Python says, else what the symbols of libc10 show', async (t) => {
  const machine = fakeMachine(t);
  t.is(
    (await found(t, named(machine, putLibtorch(machine, 'new', { symbol: CXX11_SYMBOL })))).cxx11Abi,
    true,
  );
  t.is((await found(t, named(machine, putLibtorch(machine, 'old', { symbol: OLD_SYMBOL })))).cxx11Abi, false);
  t.is((await found(t, named(machine, putLibtorch(machine, 'none', { symbol: 'x' })))).cxx11Abi, null);
  const python = putPython(machine, 'env/python', { torch: 'new', cxx11Abi: false });
  t.is((await found(t, named(machine, python))).cxx11Abi, false);
});

test('the C++ standard is the latest that headers or CMake files name', async (t) => {
  const machine = fakeMachine(t);
  const folder = putLibtorch(machine, 'zip', { standard: 14 });
  const standard = async () => (await found(t, named(machine, folder))).cxxStandard;
  t.is(await standard(), 14);
  const cmake = 'zip/share/cmake/Torch/TorchConfig.cmake';
  machine.put(cmake, 'set_target_properties(torch PROPERTIES\n    CXX_STANDARD 17\n)');
  t.is(await standard(), 17);
  machine.put(cmake, 'target_compile_features(torch INTERFACE cxx_std_20)');
  t.is(await standard(), 20);
  t.is((await found(t, named(machine, putLibtorch(machine, 'mute', { standard: null })))).cxxStandard, null);
});

test('the CUDA of a build is told by Python, the name of the zip, or the runtime it needs', async (t) => {
  const machine = fakeMachine(t);
  const folder = putLibtorch(machine, 'zip', { cuda: '\0libcudart-d0da41ae.so.11.0\0' });
  const here = named(machine, folder);
  t.is((await found(t, here)).cuda?.version, '11');
  t.deepEqual((await found(t, here)).libraries, ['c10', 'torch_cpu', 'torch', 'c10_cuda', 'torch_cuda']);
  machine.put('zip/build-version', '2.1.0+cu118\n');
  t.is((await found(t, here)).cuda?.version, '11.8');
  const python = putPython(machine, 'env/python', { torch: 'zip', cuda: '12.4' });
  t.is((await found(t, named(machine, python))).cuda?.version, '12.4');
});

test('libraries in the folder of a processor, as Debian has them', async (t) => {
  const machine = fakeMachine(t);
  putHeaders(machine, 'usr', '1.13.0', 14);
  for (const name of ['torch_cpu', 'c10', 'torch'])
    machine.put(`usr/lib/x86_64-linux-gnu/lib${name}.so`, name);
  const debian = machine.with({ prefixes: [join(machine.root, 'usr')] });
  t.is((await found(t, debian)).libDir, join(machine.root, 'usr/lib/x86_64-linux-gnu'));
  t.is((await findLibtorch(debian.with({ arch: 'arm64' }).host)).libtorch, null);
});

test('libraries of macOS have another ending and no question of the ABI', async (t) => {
  const machine = fakeMachine(t).with({ platform: 'darwin' });
  putHeaders(machine, 'brew', '2.5.1', 17);
  for (const name of ['torch_cpu', 'c10']) machine.put(`brew/lib/lib${name}.dylib`, name);
  const libtorch = await found(t, machine.with({ prefixes: [join(machine.root, 'brew')] }));
  t.is(libtorch.cxx11Abi, null);
  t.deepEqual(libtorch.libraries, ['c10', 'torch_cpu']);
});

test('refused in words: Windows, a version too old, a static build', async (t) => {
  const machine = fakeMachine(t);
  t.regex(
    await refusal(t, machine.with({ platform: 'win32' })),
    /does not run on Windows; it does under WSL/,
  );
  const old = putLibtorch(machine, 'old', { version: '1.12.1' });
  t.regex(
    await refusal(t, named(machine, old)),
    /libtorch 1\.12\.1 in .* is too old, kdx needs 1\.13 or later/,
  );
  machine.put('static/lib/libtorch_cpu.a', '');
  t.regex(await refusal(t, named(machine, join(machine.root, 'static'))), /holds a static libtorch/);
});
