import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { readSafetensorsHeader } from './safetensors-reader.js';
import { writeSafetensors } from './safetensors-writer.js';

const folder = mkdtempSync(join(tmpdir(), 'kdx-foreign-'));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
const hex = (start: string, size = 300): Buffer =>
  Buffer.concat([Buffer.from(start, 'hex'), Buffer.alloc(size, 7)]);

const PYTORCH: Record<string, Buffer> = {
  'zip.pth': hex('504b03040000080800000000'),
  'zip.bin': hex('504b030414000000'),
  'protocol2.pt': hex('80028a0a6cfc9c46f9206aa85019'),
  // Protocol 4 begins with a frame of eight bytes of length: the number that safetensors begins with is small too.
  'protocol4.pkl': hex('8004951000000000000000'),
  'anything.ckpt': hex('0102030405060708090a'),
  'no-ending': hex('504b03040000080800000000'),
};
for (const [name, bytes] of Object.entries(PYTORCH)) {
  test(`${name} is called a PyTorch file, with the command that converts it`, async (t) => {
    const path = file(name, bytes);
    const error = await t.throwsAsync(readSafetensorsHeader(path), { code: 'KDX_WEIGHTS_FORMAT' });
    t.regex(
      error!.message,
      /is a PyTorch file .* python -c '.*torch\.load\(.*weights_only=True.*save_file\(/,
    );
    t.notRegex(error!.message, /download/);
  });
}

test('the command names both files, and a shell hands it to Python whole', async (t) => {
  const path = file("it's mine.pth", PYTORCH['zip.pth']);
  const error = await t.throwsAsync(readSafetensorsHeader(path));
  const command = /python -c .*$/s.exec(error!.message)![0].replace(/^python -c/, 'printf %s');
  const script = execFileSync('sh', ['-c', command], { encoding: 'utf8' });
  t.true(script.includes(`torch.load(${JSON.stringify(path)}, `));
  t.true(script.endsWith(`${JSON.stringify(join(folder, "it's mine.safetensors"))})`));
});

test('other formats are called by their names', async (t) => {
  const cases: [string, Buffer, RegExp][] = [
    ['keras.h5', hex('894844460d0a1a0a'), /an HDF5 file, as Keras writes/],
    ['a.npy', hex('934e554d50590100'), /a NumPy array/],
    ['m.gguf', hex('4747554603000000'), /a GGUF file/],
    ['m.safetensors.gz', hex('1f8b0800'), /a gzip archive/],
    ['page.safetensors', Buffer.from('<!DOCTYPE html><html><body>Sign in</body></html>'), /a web page/],
    ['lfs.safetensors', Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'), /Git LFS/],
  ];
  for (const [name, bytes, message] of cases) {
    await t.throwsAsync(
      readSafetensorsHeader(file(name, bytes)),
      { code: 'KDX_WEIGHTS_FORMAT', message },
      name,
    );
  }
});

test('a safetensors file is read under any ending, also where its length begins as a pickle does', async (t) => {
  for (const size of [0x280, 0x380, 0x480, 0x580]) {
    const path = join(folder, `${size}.bin`);
    const tensor = { shape: [1], data: Float32Array.of(1) };
    const empty =
      8 *
      Math.ceil(
        JSON.stringify({ __metadata__: { k: '' }, a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } })
          .length / 8,
      );
    await writeSafetensors(path, new Map([['a', tensor]]), { k: 'x'.repeat(size - empty) });
    t.deepEqual([...(await readSafetensorsHeader(path)).tensors.keys()], ['a']);
  }
});

test('a folder in place of a file is answered with the student in it, where there is one', async (t) => {
  await t.throwsAsync(readSafetensorsHeader(folder), { message: /name the \.safetensors file itself/ });
  const run = mkdtempSync(join(folder, 'run-'));
  writeFileSync(join(run, 'student.safetensors'), '');
  await t.throwsAsync(readSafetensorsHeader(run), {
    code: 'KDX_READ_FAILED',
    message: /name its student, ".*student\.safetensors"/,
  });
});
