import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isKdxError } from '@kdx/tensor';
import test, { type ExecutionContext, type Implementation } from 'ava';
import {
  buildBridge,
  findCompiler,
  findLibtorch,
  type Host,
  loadBridge,
  nameOf,
  packagesToInstall,
  probeTorch,
  thisHost,
} from './index.js';

const cache = mkdtempSync(join(tmpdir(), 'kdx-torch-real-'));

const host: Host = { ...thisHost(), env: { ...process.env, KDX_TORCH_BUILD: cache } };
const { libtorch, obstacles } = await findLibtorch(host);

/** Why nothing can be built here; null where it can. */
const lack: string | null = await (async () => {
  if (libtorch === null) return `no libtorch here${obstacles.map((obstacle) => `, ${obstacle}`).join('')}`;
  try {
    await findCompiler(host);
    return null;
  } catch (error) {
    if (isKdxError(error)) return 'no C++ compiler here';
    throw error;
  }
})();

// Ava wants all that a file declares in one go, hence after what is awaited.
test.after.always(() => rmSync(cache, { recursive: true, force: true }));

/** Skipped under its name where there is no libtorch, and failing there when `KDX_REQUIRE_TORCH` is `1`. */
const real = (title: string, implementation: Implementation<[]>): void => {
  if (lack === null) test.serial(title, implementation);
  else if (process.env.KDX_REQUIRE_TORCH === '1') test(title, (t: ExecutionContext) => t.fail(lack));
  else test.skip(`${title} (skipped: ${lack}; npm run setup:torch installs what it needs)`, implementation);
};

real('the bridge builds against the libtorch of this machine, loads and adds two tensors', async (t) => {
  const { compiled, loaded, record } = await buildBridge(libtorch!, { host });
  t.true(compiled);
  t.is(loaded.builtWith.split('.').slice(0, 2).join('.'), libtorch!.version.split('.').slice(0, 2).join('.'));
  t.is(record.libtorch.libDir, libtorch!.libDir, nameOf(libtorch!));
  t.true((await probeTorch({ host })).available);
  const { bridge } = await loadBridge({ host });
  t.is((await loadBridge({ host })).bridge, bridge, 'one bridge in one process');
  const add = bridge.find('aten::add', 'Tensor')!;
  const [a, b] = [
    [1, 2, 3],
    [10, 20, 30],
  ].map((values) => bridge.fromHost(Float32Array.from(values), [3], 'float32', -1));
  const sum = bridge.call(add, a, b) as number;
  const into = new Float32Array(3);
  bridge.toHost(sum, into);
  t.deepEqual([...into], [11, 22, 33]);
  for (const handle of [a, b, sum]) bridge.free(handle);
});

real('where libtorch and a compiler are, set-up installs neither', async (t) => {
  const packages = await packagesToInstall(host, libtorch);
  t.false(packages.includes('libtorch-dev'));
  t.false(packages.includes('g++'));
});
