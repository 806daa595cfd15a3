import { join } from 'node:path';
import test from 'ava';
import { libtorchOf } from './compiled-stub.test.helper.js';
import { fakeMachine, putLibtorch } from './fake-machine.test.helper.js';
import { packagesToInstall } from './index.js';
import { isDebian } from './remedy.js';

test('a bare Debian needs libtorch, the fast BLAS and a compiler', async (t) => {
  t.deepEqual(await packagesToInstall(fakeMachine(t).host, null), [
    'libtorch-dev',
    'libopenblas0-pthread',
    'g++',
  ]);
});

test('what is there is not installed again', async (t) => {
  const machine = fakeMachine(t);
  machine.script('bin/g++', 'echo g++');
  machine.script('bin/dpkg', 'printf "libopenblas0-openmp:amd64\\tinstall\\n"');
  t.deepEqual(await packagesToInstall(machine.host, null), ['libtorch-dev']);
  machine.script('bin/dpkg', 'printf "libopenblas0-pthread:amd64\\tdeinstall\\n"');
  t.deepEqual(await packagesToInstall(machine.host, null), ['libtorch-dev', 'libopenblas0-pthread']);
});

test('the system’s BLAS is of no account to a PyTorch that brings its own', async (t) => {
  const machine = fakeMachine(t);
  machine.script('bin/g++', 'echo g++');
  const wheel = await libtorchOf(machine.with({ env: { KDX_LIBTORCH: putLibtorch(machine, 'torch') } }));
  t.deepEqual(await packagesToInstall(machine.host, wheel), []);
  const debian = {
    ...wheel,
    cpuLibrary: { ...wheel.cpuLibrary, path: '/usr/lib/x86_64-linux-gnu/libtorch_cpu.so' },
  };
  t.deepEqual(await packagesToInstall(machine.host, debian), ['libopenblas0-pthread']);
});

test('Debian is told by what the system says of itself', (t) => {
  const machine = fakeMachine(t);
  const says = (text: string): boolean => isDebian(machine.put('os-release', text));
  t.true(says('NAME="Debian GNU/Linux"\nID=debian\n'));
  t.true(says('ID=linuxmint\nID_LIKE="ubuntu debian"\n'));
  t.false(says('NAME="not debian"\nID=fedora\nID_LIKE="rhel centos"\n'));
  t.false(isDebian(join(machine.root, 'absent')));
});
