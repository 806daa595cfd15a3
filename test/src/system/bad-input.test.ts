import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ava from 'ava';
import { BACKEND_FLAGS, backendTest } from '../support/backend.js';
import { type CliOptions, fixture, kdx, kdxOk, temporaryFolder } from '../support/cli.js';
import type { CliResult } from '../support/collect.js';
import { differentFiles } from '../support/run-folder.js';
import { tinyCifar10 } from '../support/tiny-cifar.js';
import { DATA, STUDENT, set, TEACHER } from '../support/tiny-run.js';

// What people get wrong, each with the sentence they see and the exit code: 2 is wrong usage, 3 a run that failed.

const test = backendTest(ava);
const root = mkdtempSync(join(tmpdir(), 'kdx-bad-input-'));
ava.after.always(() => rmSync(root, { recursive: true, force: true }));

/** `kdx run` with these arguments on the back end under test. */
const run = (args: readonly string[], options?: CliOptions): Promise<CliResult> =>
  kdx(['run', ...BACKEND_FLAGS, ...args], options);
const runOk = (args: readonly string[]): Promise<CliResult> => kdxOk(['run', ...BACKEND_FLAGS, ...args]);

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
};
/** A safetensors file: an 8-byte length of the header, the header, the data. */
const safetensors = (length: bigint, header: string, data = 0): Buffer => {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length);
  return Buffer.concat([size, Buffer.from(header), Buffer.alloc(data)]);
};
const header = JSON.stringify({ 'fc.bias': { dtype: 'F32', shape: [12], data_offsets: [0, 48] } });
const small = ['--student', STUDENT, '--data', DATA, '--epochs', '1', '--batch', '32'];
const withTeacher = (weights: string): string[] => [
  ...small,
  '--teacher',
  `${TEACHER}@${weights}`,
  '--plugins',
  'deit',
];

const cases: readonly [what: string, args: () => string[], code: number, message: RegExp][] = [
  ['no student', () => ['--data', DATA], 2, /^KDX_CONFIG .*student is missing \(--student\)/],
  ['no data', () => ['--student', STUDENT], 2, /^KDX_CONFIG .*data is missing \(--data\)/],
  [
    'a number that is none',
    () => [...small, '--epochs', 'x'],
    2,
    /^KDX_CONFIG --epochs takes a number and got "x"\.$/,
  ],
  ['no number at all', () => [...small, '--lr', ''], 2, /^KDX_CONFIG --lr <x> takes a value and got "";/],
  [
    'half an epoch',
    () => [...small, '--epochs', '1.5'],
    2,
    /^KDX_CONFIG .*epochs takes a whole number and got 1\.5/,
  ],
  ['no epochs', () => [...small, '--epochs', '0'], 2, /^KDX_CONFIG .*epochs takes at least 1 and got 0/],
  [
    'a flag that is not there',
    () => [...small, '--epoch', '3'],
    2,
    /unknown option '--epoch' \(Did you mean --epochs\?\)/,
  ],
  [
    '--set without a value',
    () => [...small, '--set', 'nonsense'],
    2,
    /^KDX_SET --set takes path=value, e\.g\. .* got "nonsense"/,
  ],
  ['--set of a prototype', () => [...small, '--set', '__proto__.x=1'], 2, /^KDX_SET /],
  [
    '--set of an unknown key',
    () => [...small, '--set', 'mixupp=1'],
    2,
    /^KDX_CONFIG .*no key "mixupp"\. Did you mean "mixup"\?/,
  ],
  [
    '--set of an unknown option',
    () => [...small, '--set', 'optimizer.wightDecay=1'],
    2,
    /no key "optimizer\.wightDecay"\. Did you mean "weightDecay"\?/,
  ],
  [
    'an unknown schedule',
    () => [...small, '--set', 'schedule=cosin'],
    2,
    /schedule\.type takes .* and got "cosin"\. Did you mean "cosine"\?/,
  ],
  [
    'an unknown optimiser',
    () => [...small, '--optimizer', 'lion'],
    2,
    /optimizer\.name takes sgd or adam or adamw and got "lion"/,
  ],
  [
    'an unknown key in JSON',
    () => [file('a.json', JSON.stringify({ student: STUDENT, data: DATA, epocs: 1 }))],
    2,
    /a\.json: there is no key "epocs"\. Did you mean "epochs"\?/,
  ],
  [
    'an unknown key in YAML',
    () => [file('a.yaml', `student: ${STUDENT}\ndata: shapes\ntecher: x\n`)],
    2,
    /a\.yaml: there is no key "techer"\. Did you mean "teacher"\?/,
  ],
  ['JSON that is none', () => [file('b.json', '{ student:')], 2, /^KDX_CONFIG .*b\.json cannot be read: /],
  ['a config that is a list', () => [file('c.json', '[1]')], 2, /c\.json must hold an object of settings/],
  [
    'no config file',
    () => [join(root, 'none.json')],
    2,
    /^KDX_CONFIG_MISSING There is no config file .*none\.json/,
  ],
  [
    'an unknown model',
    () => ['--student', 'cifar_resnet21', '--data', DATA],
    2,
    /^KDX_MODEL_UNKNOWN .*cifar_resnet21.* choose a depth such as 8, 14, 20/,
  ],
  [
    'an unknown plugin',
    () => [...small, '--plugins', 'dit'],
    2,
    /^KDX_PLUGIN_UNKNOWN No plugin is called "dit".* Did you mean "deit"\?/,
  ],
  [
    'a plugin file that is not there',
    () => [...small, '--plugins', './none.mjs'],
    2,
    /^KDX_PLUGIN_UNKNOWN There is no plugin file .*none\.mjs/,
  ],
  [
    'a file without a plugin',
    () => [...small, '--plugins', fixture('no-plugin.mjs')],
    2,
    /^KDX_PLUGIN_SHAPE .*no-plugin\.mjs has no plugin as its default export; write/,
  ],
  [
    'plugin options that are no JSON',
    () => [...small, '--plugins', 'deit:{type:soft}'],
    2,
    /^KDX_PLUGIN_LIST .*inside single quotes/,
  ],
  [
    'a plugin option that is unknown',
    () => [...small, '--plugins', 'deit:{"typ":"soft"}'],
    2,
    /^KDX_PLUGIN_OPTIONS Plugin "deit" .*"kdx plugins deit" lists them/,
  ],
  [
    'an unknown back end',
    () => [...small, '--backend', 'cuda'],
    2,
    /argument 'cuda' is invalid\. Allowed choices are auto, torch, tensorflow, wasm/,
  ],
  [
    'an unknown device',
    () => [...small, '--device', 'gpu'],
    2,
    /^KDX_CONFIG .*device is not understood \(expected auto, cpu, cuda or cuda:N\) and got "gpu"/,
  ],
  [
    'an unknown precision',
    () => [...small, '--precision', 'fp8'],
    2,
    /argument 'fp8' is invalid\. Allowed choices are float32, bf16/,
  ],
  ['no threads', () => [...small, '--threads', '0'], 2, /^KDX_CONFIG .*threads takes more than 0 and got 0/],
  [
    'an unknown data set',
    () => ['--student', STUDENT, '--data', 'shaps'],
    2,
    /^KDX_DATA_FAMILY .*Did you mean "shapes"\?/,
  ],
  [
    'a data folder that is not there',
    () => ['--student', STUDENT, '--data', `cifar10:${root}/none`],
    2,
    /^KDX_DATA_MISSING .*download https/,
  ],
  [
    'no teacher',
    () => [...small, '--plugins', 'deit'],
    2,
    /^KDX_TEACHER_MISSING .*add --teacher MODEL@WEIGHTS/,
  ],
  [
    'teacher weights that are not there',
    () => withTeacher(join(root, 'none')),
    2,
    /^KDX_WEIGHTS_MISSING .*check the path/,
  ],
  [
    'two holders of the balance',
    () => [...small, '--teacher', TEACHER, '--plugins', 'kd,deit'],
    2,
    /^KDX_SLOT_TWICE Plugins "deit" and "kd" both claim LossBalance.* leave one of them out of --plugins/,
  ],
  [
    'an unknown tap',
    () => [...small, '--teacher', TEACHER, '--plugins', `${fixture('hint.mjs')}:{"stage":"layr3"}`],
    2,
    /^KDX_TAP_UNKNOWN .*"layr3" of teacher.* Did you mean "layer3"\?.*"kdx models .*" lists its taps/,
  ],
  [
    'truncated weights',
    () => withTeacher(file('cut', safetensors(BigInt(header.length), header, 20))),
    2,
    /^KDX_WEIGHTS_TRUNCATED .*cut/,
  ],
  [
    'a header of 2^62 bytes',
    () => withTeacher(file('huge', safetensors(2n ** 62n, header))),
    2,
    /^KDX_WEIGHTS_(MALFORMED|TRUNCATED) .*huge/,
  ],
  [
    'a header that is no JSON',
    () => withTeacher(file('text', safetensors(20n, 'this is not JSON !!!'))),
    2,
    /^KDX_WEIGHTS_MALFORMED .*text/,
  ],
  ['weights of no bytes', () => withTeacher(file('empty', '')), 2, /^KDX_WEIGHTS_TRUNCATED .*empty/],
  [
    'a truncated CIFAR file',
    () => cifar('short', (name, bytes) => (name === 'data_batch_3.bin' ? bytes.subarray(0, 5000) : bytes)),
    3,
    /^KDX_DATA_TRUNCATED .*data_batch_3\.bin/,
  ],
  [
    'a label out of range',
    () =>
      cifar('label', (name, bytes) =>
        name === 'test_batch.bin' ? Buffer.concat([Buffer.from([77]), bytes.subarray(1)]) : bytes,
      ),
    3,
    /^KDX_DATA_LABEL .*test_batch\.bin.* 77/,
  ],
  [
    'a folder inside a file',
    () => [...small, '--out', join(file('flat', ''), 'x')],
    3,
    /^KDX_WRITE_FAILED .*a part of that path is a file, not a folder; choose another --out/,
  ],
  [
    'a run that is none',
    () => ['--resume', root],
    2,
    /^KDX_RUN_MISSING .* holds no run .*give the folder of a run to --resume/,
  ],
];

const cifar = (name: string, spoil: (file: string, bytes: Buffer) => Buffer): string[] => {
  return ['--student', STUDENT, '--data', `cifar10:${tinyCifar10(join(root, name), spoil)}`];
};

for (const [what, args, code, message] of cases) {
  test(`refused: ${what}`, async (t) => {
    const cwd = temporaryFolder(t);
    const result = await run(args(), { cwd });
    t.regex(result.stderr.trim(), message);
    t.is(result.code, code, result.stderr);
    t.is(result.stderr.trim().split('\n').length <= 2, true, 'a sentence, no stack');
    t.deepEqual(
      existsSync(join(cwd, 'runs')) ? readdirSync(join(cwd, 'runs')) : [],
      [],
      'no empty run is left behind',
    );
  });
}

test('refused: an --out that holds a run, and a resume that is not the same run', async (t) => {
  const folder = temporaryFolder(t);
  const out = join(folder, 'run');
  const weights = join(folder, 'teacher.safetensors');
  const trained = join(folder, 'trained');
  const teacher = ['--student', TEACHER, '--epochs', '1', '--batch', '64'];
  await runOk([...teacher, '--data', DATA, '--out', trained]);
  copyFileSync(join(trained, 'student.safetensors'), weights);
  await runOk([...withTeacher(weights), '--out', out]);
  const refused = async (args: string[], code: string, message: RegExp): Promise<void> => {
    const result = await run(args);
    t.is(result.code, 2);
    t.regex(result.stderr, message);
    t.true(result.stderr.startsWith(code));
  };
  const five = join(folder, 'five');
  await runOk([...teacher, '--data', 'shapes?classes=5&train=40&validation=0&test=20', '--out', five]);
  await refused(withTeacher(join(five, 'student.safetensors')), 'KDX_CLASS_COUNT', /5 classes.* 12/);
  const mismatch = 'KDX_RESUME_MISMATCH';
  await refused(
    [...small, '--out', out],
    'KDX_RUN_EXISTS',
    /continue it with --resume .* or choose another --out/,
  );
  await refused(['--resume', out, '--out', `${out}2`], 'KDX_RESUME_OUT', /leave out --out/);
  await refused(
    ['--resume', out, '--epochs', '4', '--lr', '0.5'],
    mismatch,
    /epochs 1 and would go on with 4; and with lr 0\.001 and would go on with 0\.5/,
  );
  await refused(['--resume', out, '--data', 'shapes'], mismatch, /begun with data shapes\?train=104/);
  await refused(['--resume', out, '--plugins', 'deit:{"type":"soft"}'], mismatch, /begun with plugins deit/);
  writeFileSync(weights, spoiltLastByte(weights));
  await refused(['--resume', out], mismatch, /begun with teachers .*sha256:/);
});

function spoiltLastByte(path: string): Buffer {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] ^= 1;
  return bytes;
}

test('NaN in the middle of a run stops it, and the last good checkpoint goes on', async (t) => {
  const out = join(temporaryFolder(t), 'run');
  const { code, stderr } = await run([
    ...small,
    '--plugins',
    fixture('poison.mjs'),
    ...set({ epochs: 2 }),
    '--out',
    out,
  ]);
  t.is(code, 3);
  t.regex(
    stderr,
    /^KDX_DATA_NAN The "batch" hooks \(plugin "poison"\) put NaN into the batch of step 5, .*the last good checkpoint is .*last\.safetensors\. Fix that plugin/,
  );
  const again = await kdx(['run', '--resume', out, '--json']);
  t.is(again.code, 3, 'the same step fails again');
  t.regex(again.stdout, /"type":"run-start".*"resumedAt":4/);
});

test('a learning rate out of all bounds ends in a sentence that names it, and keeps no lost weights', async (t) => {
  const out = join(temporaryFolder(t), 'run');
  const { code, stderr } = await run([...small, '--optimizer', 'sgd', '--lr', '1e9', '--out', out]);
  // Back ends overflow in different places: one in the loss of a step, another in the logits after it.
  t.regex(stderr, /^KDX_NON_FINITE .* (a smaller|lower) --lr .*\n$/);
  t.is(code, 3);
  t.false(existsSync(join(out, 'student.safetensors')));
});

test('a limit on file sizes stops a run with what to do', async (t) => {
  const out = join(temporaryFolder(t), 'run');
  const { code, stderr } = await run([...small, '--out', out], { shell: 'ulimit -f 200' });
  t.is(code, 3);
  t.regex(
    stderr,
    /^KDX_WRITE_FAILED .*\.safetensors" could not be written: .*allows no file this large; choose another --out/,
  );
});

const full: typeof test = canMount() ? test : (title, implementation) => ava.skip(title, implementation);
full('a disk that fills up stops a run, and its last checkpoint goes on elsewhere', async (t) => {
  const folder = temporaryFolder(t);
  const [disk, whole] = [join(folder, 'disk'), join(folder, 'whole')];
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=500k', 'tmpfs', disk]);
  const args = [...small, ...set({ epochs: 2 }), '--data', 'shapes?train=104&validation=0&test=24'];
  try {
    const { code, stderr } = await run([...args, '--out', join(disk, 'run')]);
    t.is(code, 3);
    t.regex(
      stderr,
      /^KDX_WRITE_FAILED .*last\.safetensors" could not be written: the disk is full; free space or choose another --out/,
    );
    cpSync(join(disk, 'run'), join(folder, 'moved'), { recursive: true });
  } finally {
    execFileSync('umount', [disk]);
  }
  await runOk([...args, '--out', whole]);
  const { stdout } = await kdxOk(['run', '--resume', join(folder, 'moved'), '--json']);
  t.regex(stdout, /"resumedAt":4/);
  t.deepEqual(differentFiles(join(folder, 'moved'), whole), []);
});

/** Only an administrator may make a disk of a few hundred kilobytes. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'kdx-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a path below a file is nothing that is there, on every command that takes one', async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'flat'), '');
  for (const [args, message] of [
    [['report', 'flat/x'], /^KDX_RUN_MISSING /],
    [['ui', 'flat/x'], /^KDX_RUN_MISSING /],
    [['eval', '--model', 'flat/x', '--data', DATA], /^KDX_(MODEL|RUN|WEIGHTS)_/],
    [
      ['bench', '--student', STUDENT, '--data', DATA, '--arm', 'plain', '--out', 'flat/x'],
      /^KDX_WRITE_FAILED /,
    ],
  ] as const) {
    const { stderr } = await kdx(args, { cwd });
    t.regex(stderr, message, args.join(' '));
  }
});
