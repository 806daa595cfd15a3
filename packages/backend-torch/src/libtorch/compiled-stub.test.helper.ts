import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Implementation, TestFn } from 'ava';
import { type FakeMachine, putHeaders } from './fake-machine.test.helper.js';
import { findLibtorch, type Libtorch } from './index.js';

const hasCompiler = ((): boolean => {
  try {
    execFileSync('g++', ['--version'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
})();

/**
 * `test` for what needs a compiler: where there is none, the test is skipped under its name and says why, and fails when
 * `KDX_REQUIRE_TORCH` is `1`.
 */
export function compilerTest<Context>(
  test: TestFn<Context>,
): (title: string, implementation: Implementation<[], Context>) => void {
  if (hasCompiler) return (title, implementation) => test(title, implementation);
  if (process.env.KDX_REQUIRE_TORCH === '1')
    return (title) => test(title, (t) => t.fail('needs g++ on Linux'));
  return (title, implementation) => test.skip(`${title} (skipped: needs g++ on Linux)`, implementation);
}

/** The smallest bridge that a trial load is content with. */
export const STUB = `#include <node_api.h>
#include <string>
namespace c10 { void greet(const std::string&); }
static napi_value one(napi_env env, napi_callback_info) { napi_value v; napi_create_int32(env, 1, &v); return v; }
static napi_value load(napi_env env, napi_value exports) {
  napi_value version, schema;
  napi_create_string_utf8(env, "stub", NAPI_AUTO_LENGTH, &version);
  napi_create_function(env, "schema", NAPI_AUTO_LENGTH, one, nullptr, &schema);
  napi_set_named_property(env, exports, "builtWith", version);
  napi_set_named_property(env, exports, "schema", schema);
  napi_set_named_property(env, exports, "cudaDevices", schema);
  c10::greet("kdx");
  return exports;
}
NAPI_MODULE(stub, load)
`;

/** What the stub's library defines. */
export const STUB_LIBRARY = '#include <string>\nnamespace c10 { void greet(const std::string&) {} }\n';

/** Compiles shared libraries by the names of libtorch's into a folder below the root, with headers of a version. */
export function compileLibtorch(
  machine: FakeMachine,
  folder: string,
  version: string,
  source = STUB_LIBRARY,
): string {
  const lib = join(machine.root, folder, 'lib');
  mkdirSync(lib, { recursive: true });
  const file = machine.put(`${folder}/lib.cc`, `${source}const char* kdx_stub_version = "${version}";\n`);
  for (const name of ['c10', 'torch_cpu'])
    execFileSync('g++', ['-shared', '-fPIC', '-o', join(lib, `lib${name}.so`), file]);
  putHeaders(machine, folder, version, 17);
  return join(machine.root, folder);
}

/** A machine that has a stub libtorch and the real compilers, with `native/bridge.cc` below its root. */
export function withStub(
  machine: FakeMachine,
  version = '1.13.0',
  source = STUB,
): FakeMachine & { sources: string } {
  const KDX_LIBTORCH = compileLibtorch(machine, 'libtorch', version);
  machine.put('native/bridge.cc', source);
  const env = { KDX_LIBTORCH, PATH: process.env.PATH };
  return Object.assign(machine.with({ env, arch: process.arch }), { sources: join(machine.root, 'native') });
}

/** What a search on a machine finds. @throws Error where it finds nothing */
export async function libtorchOf({ host }: FakeMachine): Promise<Libtorch> {
  const { libtorch, obstacles } = await findLibtorch(host);
  if (libtorch === null) throw new Error(obstacles.join('; '));
  return libtorch;
}
