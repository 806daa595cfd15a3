import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Host } from './host.js';

/** A machine in a temporary folder, with nothing but what a test puts there. */
export interface FakeMachine {
  readonly root: string;
  readonly host: Host;
  /** Writes a file below the root and gives its path. */
  put(path: string, text: string): string;
  /** Writes a shell script below the root that notes its arguments, then does as `body` says. */
  script(path: string, body: string): string;
  /** What scripts noted: their paths below the root, each with its arguments. */
  calls(): string[];
  /** The same machine with other variables, prefixes, …. */
  with(change: Partial<Host>): FakeMachine;
}

export function fakeMachine(t: ExecutionContext): FakeMachine {
  const root = mkdtempSync(join(tmpdir(), 'kdx-torch-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const notes = join(root, 'calls');
  appendFileSync(notes, '');
  const make = (host: Host): FakeMachine => ({
    root,
    host,
    put(path, text) {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    script(path, body) {
      const file = this.put(path, `#!/bin/sh\necho "${path}" "$@" >> "${notes}"\n${body}\n`);
      chmodSync(file, 0o755);
      return file;
    },
    calls: () => readFileSync(notes, 'utf8').trim().split('\n'),
    with: (change) => make({ ...host, ...change, env: { ...host.env, ...change.env } }),
  });
  return make({
    env: { PATH: join(root, 'bin'), HOME: join(root, 'home'), KDX_TORCH_BUILD: join(root, 'cache') },
    platform: 'linux',
    arch: 'x64',
    pythons: [],
    prefixes: [],
  });
}

/** The files by which a libtorch is known. Its libraries are text. */
export interface FakeTree {
  readonly version?: string;
  /** C++ standard named by a header; null for none. */
  readonly standard?: number | null;
  /** Symbol in `libc10` that shows the ABI. */
  readonly symbol?: string;
  /** Text of `libc10_cuda`; none without. */
  readonly cuda?: string;
  readonly headers?: boolean;
}

export const CXX11_SYMBOL =
  '_ZN3c105ErrorC1ENS_14SourceLocationENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE';
export const OLD_SYMBOL = '_ZN3c105ErrorC1ENS_14SourceLocationESs';

/** Puts a libtorch into a folder below the root and gives the folder. */
export function putLibtorch(machine: FakeMachine, folder: string, tree: FakeTree = {}): string {
  const { version = '2.1.0', standard = 17, symbol = CXX11_SYMBOL, cuda, headers = true } = tree;
  machine.put(`${folder}/lib/libtorch_cpu.so`, `torch_cpu ${version}`);
  machine.put(`${folder}/lib/libtorch.so`, '');
  machine.put(`${folder}/lib/libc10.so`, `\0${symbol}\0`);
  if (cuda !== undefined) {
    machine.put(`${folder}/lib/libtorch_cuda.so`, '');
    machine.put(`${folder}/lib/libc10_cuda.so`, cuda);
  }
  if (headers) putHeaders(machine, folder, version, standard);
  return join(machine.root, folder);
}

export function putHeaders(
  machine: FakeMachine,
  folder: string,
  version: string,
  standard: number | null,
): void {
  const refusal =
    standard === null ? '' : `#error C++${standard} or later compatible compiler is required to use ATen.\n`;
  machine.put(
    `${folder}/include/ATen/ATen.h`,
    standard === 17 ? `#if __cplusplus < 201703L\n${refusal}#endif\n` : refusal,
  );
  const [major, minor, patch] = version.split('.');
  machine.put(
    `${folder}/include/torch/csrc/api/include/torch/version.h`,
    `#define TORCH_VERSION_MAJOR ${major}\n#define TORCH_VERSION_MINOR ${minor}\n#define TORCH_VERSION_PATCH ${patch}\n`,
  );
}

/** What a fake Python says of its torch. */
export interface FakePython {
  /** Folder below the root that holds `lib` and `include`. */
  readonly torch: string;
  readonly version?: string;
  readonly cuda?: string | null;
  readonly cxx11Abi?: boolean;
  /** Printed before the answer, as some modules do when they are imported. */
  readonly chatter?: string;
}

/** A Python whose torch is a tree below the root. */
export function putPython(machine: FakeMachine, path: string, python: FakePython): string {
  const { torch, version = '2.1.0', cuda = null, cxx11Abi = true, chatter = '' } = python;
  const home = join(machine.root, torch);
  machine.put(`${torch}/__init__.py`, '');
  machine.put(`${torch}/version.py`, version);
  const located = JSON.stringify({ executable: join(machine.root, path), torch: join(home, '__init__.py') });
  const told = JSON.stringify({
    ...{ version, cuda, cxx11Abi, prefix: join(machine.root, 'python-prefix') },
    ...{ include: [join(home, 'include')], lib: [join(home, 'lib')] },
  });
  return machine.script(
    path,
    `case "$2" in *find_spec*) echo 'kdx ${located}';; *) echo '${chatter}'; echo 'kdx ${told}';; esac`,
  );
}

/** A Python without torch. */
export const putPlainPython = (machine: FakeMachine, path: string): string =>
  machine.script(path, `echo 'kdx {"executable": "/x", "torch": null}'`);
