import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type TestFn } from 'ava';
import { realDataTest, teacherWeights, testDataDirectory } from './test-data.js';

const run = promisify(execFile);
const HELPER = new URL('./test-data.js', import.meta.url).href;

/** A data folder whose `unpack.mjs` takes a while, and a temporary directory of its own to cache in. */
async function dataFolder(t: import('ava').ExecutionContext): Promise<{ data: string; temporary: string }> {
  const root = await mkdtemp(join(tmpdir(), 'kdx-support-'));
  t.teardown(() => rm(root, { recursive: true }));
  const [data, temporary] = [join(root, 'data'), join(root, 'tmp')];
  await mkdir(join(data, 'teachers'), { recursive: true });
  await mkdir(temporary);
  await writeFile(join(data, 'teachers', 'one.safetensors'), 'weights');
  await writeFile(
    join(data, 'unpack.mjs'),
    `import { mkdirSync, writeFileSync } from 'node:fs';
     mkdirSync(process.argv[2] + '/cifar-100-binary', { recursive: true });
     await new Promise((done) => setTimeout(done, 300));
     writeFileSync(process.argv[2] + '/cifar-100-binary/train.bin', 'all of it');`,
  );
  return { data, temporary };
}

test('two processes that unpack at once find one whole folder', async (t) => {
  const { data, temporary } = await dataFolder(t);
  const program = `import { cifar100Directory } from '${HELPER}';
    import { readFileSync } from 'node:fs';
    const found = cifar100Directory();
    console.log(found, readFileSync(found + '/train.bin', 'utf8'));`;
  const env = { ...process.env, KDX_TEST_DATA: data, TMPDIR: temporary };
  const start = () => run(process.execPath, ['--input-type=module', '-e', program], { env });
  const outputs = (await Promise.all([start(), start(), start()])).map(({ stdout }) => stdout);
  t.is(new Set(outputs).size, 1);
  t.regex(outputs[0], /cifar-100-binary all of it/);
  t.is((await readdir(temporary)).length, 1);
});

// One process reads the environment at a time, so these run in turn.
test.serial('the environment names the folder, and a wrong one is an error', async (t) => {
  const { data } = await dataFolder(t);
  const before = process.env.KDX_TEST_DATA;
  t.teardown(() => {
    if (before === undefined) delete process.env.KDX_TEST_DATA;
    else process.env.KDX_TEST_DATA = before;
  });
  process.env.KDX_TEST_DATA = data;
  t.is(testDataDirectory()?.endsWith('data'), true);
  t.true(existsSync(teacherWeights('one.safetensors')!));
  t.is(teacherWeights('two.safetensors'), undefined);
  process.env.KDX_TEST_DATA = join(data, 'nowhere');
  t.throws(() => testDataDirectory(), { message: /nowhere", which holds no unpack\.mjs/ });
});

test('with data a test runs under its own title', (t) => {
  const titles: string[] = [];
  const skipped: string[] = [];
  const recorder = Object.assign((title: string) => titles.push(title), {
    skip: (title: string) => skipped.push(title),
  }) as unknown as TestFn;
  realDataTest(recorder)('needs data', () => {});
  const [expected, other] = testDataDirectory() === undefined ? [skipped, titles] : [titles, skipped];
  const required = process.env.KDX_REQUIRE_DATA === '1' && testDataDirectory() === undefined;
  t.deepEqual(required ? titles : expected, ['needs data']);
  t.deepEqual(required ? skipped : other, []);
});
