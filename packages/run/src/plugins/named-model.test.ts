import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { model, saveWeights } from '@kdx/models';
import { exportState, writeSafetensors } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { namedModel } from './named-model.js';

const folder = mkdtempSync(join(tmpdir(), 'kdx-named-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));
test.before(() => tf.setBackend('cpu'));

const NAME = 'convnet?width=2&stages=1';
const DATA = 'shapes?train=64&classes=3';

async function run(name: string, config?: string): Promise<string> {
  const directory = join(folder, name);
  mkdirSync(directory);
  const built = await model(NAME).build({ classes: 3 });
  await saveWeights(built, join(directory, 'student.safetensors'));
  built.dispose();
  if (config !== undefined) writeFileSync(join(directory, 'config.json'), config);
  return directory;
}
const refused = async (
  t: import('ava').ExecutionContext,
  name: string,
  code = 'KDX_MODEL_NAME',
): Promise<string> => (await t.throwsAsync(namedModel(name), { code }))!.message;

test('a name is a model', async (t) => {
  t.is((await namedModel(NAME)).name, NAME);
  await refused(t, 'convnett', 'KDX_MODEL_UNKNOWN');
  await refused(t, 'convnet?width', 'KDX_MODEL_NAME');
});

test("a run's folder is answered with the command for its student", async (t) => {
  const directory = await run('done', JSON.stringify({ config: { data: DATA } }));
  const named = `'${NAME}@${join(directory, 'student.safetensors')}'`;
  const message = await refused(t, directory);
  t.true(message.includes(`give ${named} for its student`), message);
  t.true(message.includes(`kdx eval --model ${named} --data '${DATA}'`), message);
  t.true((await namedModel(named.slice(1, -1))).weights?.endsWith('student.safetensors'));
});

test('a config.json that says nothing takes the example alone', async (t) => {
  for (const [index, config] of [undefined, 'null', '{', '{"config":5}'].entries()) {
    const message = await refused(t, await run(`odd-${index}`, config));
    t.regex(message, /student\.safetensors' for its student\.$/);
  }
});

test('a run that has not ended, and a folder without a run, are told apart', async (t) => {
  const begun = join(folder, 'begun');
  mkdirSync(begun);
  t.regex(await refused(t, begun), /a folder without a run/);
  writeFileSync(join(begun, 'config.json'), '{}');
  t.true((await refused(t, begun)).includes(`kdx run --resume ${begun}`));
});

test('a weight file is answered with the name in it, or with what to put before it', async (t) => {
  const file = join(await run('file'), 'student.safetensors');
  t.true((await refused(t, file)).includes(`give '${NAME}@${file}'`));
  const bare = join(folder, 'bare.safetensors');
  const built = await model(NAME).build({ classes: 3 });
  await writeSafetensors(bare, await exportState(built.parameters, built.buffers));
  built.dispose();
  t.true((await refused(t, bare)).includes(`give "MODEL@${bare}"`));
  const pytorch = join(folder, 'm.pth');
  writeFileSync(pytorch, Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(99)]));
  t.regex(await refused(t, pytorch, 'KDX_WEIGHTS_FORMAT'), /PyTorch/);
  t.regex(await refused(t, 'runs/none/student.safetensors'), /neither a model nor a file/);
});
