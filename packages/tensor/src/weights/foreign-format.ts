import { extname } from 'node:path';
import { type KdxError } from '../errors/kdx-error.js';
import { kdxError } from '../errors.js';

/** Endings that PyTorch's own files have. */
const PYTORCH_ENDINGS = ['.pth', '.pt', '.bin', '.ckpt', '.pkl', '.tar'];

/** Formats that people take for weights, by how their files begin. */
const SIGNATURES: readonly { readonly starts: readonly number[]; readonly format: string }[] = [
  { starts: [0x89, 0x48, 0x44, 0x46], format: 'an HDF5 file, as Keras writes' },
  { starts: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], format: 'a NumPy array' },
  { starts: [0x47, 0x47, 0x55, 0x46], format: 'a GGUF file' },
  { starts: [0x1f, 0x8b], format: 'a gzip archive' },
  { starts: [...Buffer.from('version https://git-lfs')], format: 'the pointer of Git LFS to a file' },
];

/**
 * The error for a file that begins as no safetensors file does, but as another known format; undefined for any other.
 * @param start first bytes of the file, as many as there are up to 512
 */
export function foreignFormat(file: string, start: Uint8Array): KdxError | undefined {
  const begins = (bytes: readonly number[]): boolean => bytes.every((byte, i) => start[i] === byte);
  // Eight bytes of a length that fits in four, then JSON.
  if (start[8] === 0x7b && start.subarray(4, 8).every((byte) => byte === 0)) return undefined;
  // torch.save writes a zip archive since 1.6, and pickles of protocol 2 or higher before.
  const isZip = begins([0x50, 0x4b, 0x03, 0x04]) || begins([0x50, 0x4b, 0x05, 0x06]);
  const isPickle = start[0] === 0x80 && start[1] >= 2 && start[1] <= 5;
  const isTar = Buffer.from(start.subarray(257, 262)).toString('latin1') === 'ustar';
  const isPyTorch = PYTORCH_ENDINGS.includes(extname(file).toLowerCase());
  if (isZip || isPickle || (isTar && isPyTorch)) return pytorchFile(file);
  const known = SIGNATURES.find(({ starts }) => begins(starts));
  if (known) return otherFormat(file, known.format);
  const text = Buffer.from(start.subarray(0, 64)).toString('latin1').trimStart().toLowerCase();
  if (text.startsWith('<!doctype') || text.startsWith('<html')) {
    return otherFormat(file, 'a web page, which a server sent in place of the file');
  }
  if (isTar) return otherFormat(file, 'a tar archive');
  return isPyTorch && start.length > 8 ? pytorchFile(file) : undefined;
}

const otherFormat = (file: string, format: string): KdxError =>
  kdxError(
    'KDX_WEIGHTS_FORMAT',
    `"${file}" is ${format}, and kdx reads safetensors alone; give the weights as a .safetensors file.`,
  );

/** With the command that converts it: `weights_only` unpickles tensors and no code. */
function pytorchFile(file: string): KdxError {
  const target = `${file.slice(0, file.length - extname(file).length)}.safetensors`;
  const script = [
    'import torch; from safetensors.torch import save_file',
    `s = torch.load(${JSON.stringify(file)}, map_location="cpu", weights_only=True)`,
    's = s.get("state_dict", s.get("model", s))',
    `save_file({k: v.clone().contiguous() for k, v in s.items() if hasattr(v, "clone")}, ${JSON.stringify(target)})`,
  ].join('; ');
  return kdxError(
    'KDX_WEIGHTS_FORMAT',
    `"${file}" is a PyTorch file (a pickle, which can run code), and kdx reads safetensors alone; convert it where Python has torch and safetensors, and give "${target}": python -c ${shellQuoted(script)}`,
  );
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;
