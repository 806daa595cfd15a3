import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test, { type ExecutionContext } from 'ava';
import { tensorflowBackend } from './index.js';
import { tensorflowBackendFrom } from './tensorflow-backend.js';

interface StandIn {
  readonly name?: string;
  readonly version?: string;
  readonly native?: boolean;
  readonly source: string;
}

/** A project directory with stand-ins for the packages in its node_modules. */
async function projectWith(t: ExecutionContext, ...packages: StandIn[]): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), 'kdx-tensorflow-'));
  t.teardown(() => rm(project, { recursive: true, force: true }));
  for (const { name = '@tensorflow/tfjs-node', version = '4.22.0', native = true, source } of packages) {
    const directory = join(project, 'node_modules', name);
    await mkdir(join(directory, 'lib', 'napi-v8'), { recursive: true });
    await writeFile(join(directory, 'package.json'), JSON.stringify({ name, version, main: 'index.js' }));
    await writeFile(join(directory, 'index.js'), source);
    if (native) await writeFile(join(directory, 'lib', 'napi-v8', 'tfjs_binding.node'), '');
  }
  return project;
}

// Registers under the name of the real back end, as the real package does through its own copy of TensorFlow.js.
const WORKS = `
  const tf = require(${JSON.stringify(createRequire(import.meta.url).resolve('@tensorflow/tfjs'))});
  tf.registerBackend('tensorflow', () => Object.assign(tf.engine().findBackendFactory('cpu')(), { isUsingGpuDevice: true }));
`;
const FAILS = `throw new Error('libcudart.so.11.0: cannot open shared object file');`;

const backendIn = (...directories: string[]) => tensorflowBackendFrom(() => directories);

async function refusal(t: ExecutionContext, ...directories: string[]): Promise<string> {
  const error = await t.throwsAsync(() => backendIn(...directories).load(), { instanceOf: KdxError });
  t.is(error.code, 'KDX_BACKEND_UNAVAILABLE');
  t.regex(error.message, /npm i @tensorflow\/tfjs-node-gpu@4\.22\.0 .*npm i @tensorflow\/tfjs-node@4\.22\.0/);
  t.regex(error.message, /install script/);
  return error.message;
}

test('no package: not available, with what to install', async (t) => {
  const project = await projectWith(t);
  const { available, reason } = await backendIn(project).probe();
  t.false(available);
  t.regex(reason, /no package that brings it is installed/);
  t.is(await refusal(t, project), reason);
});

test('a package without its native library: not available, and not loaded', async (t) => {
  const project = await projectWith(t, { native: false, source: FAILS });
  const { available, reason } = await backendIn(project).probe();
  t.false(available);
  t.regex(reason, /tfjs-node lacks its native library/);
  t.is(await refusal(t, project), reason);
});

test('a package of another version: not available', async (t) => {
  const project = await projectWith(t, { version: '3.21.1', source: WORKS });
  t.regex((await backendIn(project).probe()).reason, /tfjs-node is version 3\.21\.1, not 4\.22\.0/);
  await refusal(t, project);
});

test('a package that throws while it loads: probe does not load it, load says why', async (t) => {
  const project = await projectWith(t, { source: FAILS });
  t.true((await backendIn(project).probe()).available);
  t.regex(await refusal(t, project), /could not be loaded \(libcudart\.so\.11\.0/);
});

test.serial('a package that works: it becomes the back end, the first directory first', async (t) => {
  const other = await projectWith(t, { source: FAILS });
  const project = await projectWith(t, { source: WORKS });
  const backend = backendIn(project, other);
  t.deepEqual(await backend.probe(), { available: true, reason: '' });
  const info = await backend.load();
  t.is(info.name, 'tensorflow');
  t.is(info.build, 'tfjs-node 4.22.0');
  t.is(info.device, 'cuda:0');
  t.true(info.threads >= 1);
  t.is(tf.getBackend(), 'tensorflow');
  t.deepEqual(await backend.load(), info, 'a second load changes nothing');
});

test.serial('the package with GPU support is tried first, and the other where it fails', async (t) => {
  const gpu = { name: '@tensorflow/tfjs-node-gpu' };
  const both = await projectWith(t, { ...gpu, source: WORKS }, { source: FAILS });
  t.is((await backendIn(both).load()).build, 'tfjs-node-gpu 4.22.0');
  const broken = await projectWith(t, { ...gpu, source: FAILS }, { source: WORKS });
  t.is((await backendIn(broken).load()).build, 'tfjs-node 4.22.0');
});

test('the public adapter looks from the current directory', async (t) => {
  const backend = tensorflowBackend();
  t.is(backend.name, 'tensorflow');
  t.is(backend.speedRank, 20);
  t.is(typeof (await backend.probe()).available, 'boolean');
});
