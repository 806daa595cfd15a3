import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { KdxError, messageOf } from '@kdx/core';
import { Agent, type Dispatcher, EnvHttpProxyAgent, interceptors, request } from 'undici';
import { KDX_VERSION } from '../run/record.js';
import { writeFault } from './write-fault.js';

const REDIRECTS = 10;

/** A request that did not bring all. */
export class TransferFailure extends Error {
  constructor(
    message: string,
    /** Whether the same address may do better next time. */
    readonly again: boolean,
    /** Whether some bytes came. */
    readonly progressed = false,
  ) {
    super(message);
  }
}

export interface Transfer {
  readonly url: string;
  /** Where what came is kept until it is whole. */
  readonly part: string;
  /** How long the file is, where that is known. */
  readonly bytes?: number;
  /** Whether a checksum will tell the right bytes, so that another address may go on with what one has begun. */
  readonly identified: boolean;
  /** Milliseconds without a byte after which the address is given up for this time. */
  readonly idleMs: number;
  readonly dispatcher: Dispatcher;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

/** Requests go through the proxy of `https_proxy`, `http_proxy` and `no_proxy`, and follow redirects. */
export const fetchDispatcher = (): Dispatcher => {
  // What hangs is told by the transfer itself, in one way for connecting, waiting and reading.
  const options: Agent.Options = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 } };
  return new EnvHttpProxyAgent(options).compose(interceptors.redirect({ maxRedirections: REDIRECTS }));
};

/** What a part is of, kept beside it. */
interface Note {
  readonly url: string;
  /** A strong ETag, or when it was last changed. */
  readonly validator?: string;
}

export const noteOf = (part: string): string => `${part}.json`;

/**
 * Brings the rest of a file, or all of it where the server does not go on from the middle or has another file by now.
 * @throws TransferFailure; KdxError `KDX_FETCH_WRITE`, and what `signal` aborts with
 */
export async function transfer(options: Transfer): Promise<void> {
  const { url, part, bytes, idleMs, dispatcher, signal } = options;
  const begun = await sizeOf(part);
  if (bytes !== undefined && begun === bytes) return;
  const note = await readNote(part);
  const validator = note?.url === url ? note.validator : undefined;
  const goesOn =
    begun > 0 && (bytes === undefined || begun < bytes) && (validator !== undefined || options.identified);

  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), idleMs);
  try {
    const response = await request(url, {
      dispatcher,
      signal: signal ? AbortSignal.any([signal, idle.signal]) : idle.signal,
      headers: {
        'user-agent': `kdx/${KDX_VERSION}`,
        // The bytes of the file itself: a .tar.gz must not be unpacked on the way.
        'accept-encoding': 'identity',
        ...(goesOn ? { range: `bytes=${begun}-` } : {}),
        ...(goesOn && validator !== undefined ? { 'if-range': validator } : {}),
      },
    });
    timer.refresh();
    await receive(response, goesOn ? begun : 0, options, () => timer.refresh()).catch((error: unknown) => {
      // Nobody reads the rest, which would keep the connection.
      response.body.on('error', () => {}).destroy();
      throw error;
    });
  } catch (error) {
    if (signal?.aborted || error instanceof TransferFailure || error instanceof KdxError) throw error;
    const progressed = (await sizeOf(part)) > begun;
    if (idle.signal.aborted)
      throw new TransferFailure(`no byte came for ${idleMs / 1000} s`, true, progressed);
    if (/redirect/i.test(whyOf(error))) throw new TransferFailure('the server redirects in a circle', false);
    throw new TransferFailure(whyOf(error), true, progressed);
  } finally {
    clearTimeout(timer);
  }
}

async function receive(
  response: Dispatcher.ResponseData,
  begun: number,
  { url, part, bytes, onProgress }: Transfer,
  alive: () => void,
): Promise<void> {
  const { statusCode, headers, body } = response;
  if (statusCode === 416) {
    // What is there does not fit what the server has.
    await removePart(part);
    throw new TransferFailure('the server does not go on where the last try ended', true);
  }
  if (statusCode >= 300 && statusCode < 400)
    throw new TransferFailure(`the server redirects more than ${REDIRECTS} times`, false);
  if (statusCode !== 200 && statusCode !== 206) {
    const again = statusCode >= 500 || [408, 425, 429].includes(statusCode);
    throw new TransferFailure(`the server answers ${statusCode}`, again);
  }
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(one(headers['content-range']) ?? '');
  if (statusCode === 206 && (begun === 0 || Number(range?.[1]) !== begun)) {
    await removePart(part);
    throw new TransferFailure('the server sent another part than was asked for', true);
  }
  const from = statusCode === 206 ? begun : 0;
  const length = Number(one(headers['content-length']) ?? Number.NaN);
  const told = statusCode === 206 ? Number(range?.[2]) : length;
  const total = Number.isFinite(told) ? told : bytes;
  if (bytes !== undefined && total !== bytes)
    throw new TransferFailure(`the file there has ${total} bytes instead of ${bytes}`, false);

  const etag = one(headers.etag);
  const validator = etag?.startsWith('"') ? etag : one(headers['last-modified']);
  const note: Note = { url, validator };
  guarded(part, () => writeFileSync(noteOf(part), JSON.stringify(note)));
  const file = guarded(part, () => openSync(part, from > 0 ? 'a' : 'w'));
  let done = from;
  try {
    onProgress?.(done, total);
    // Written as it comes: what a stream still holds when its connection breaks would be lost.
    await new Promise<void>((resolve, reject) => {
      body.on('end', resolve).on('close', resolve).on('error', reject);
      body.on('data', (chunk: Buffer) => {
        alive();
        try {
          guarded(part, () => writeAll(file, chunk));
        } catch (error) {
          body.destroy(error as Error);
          return;
        }
        done += chunk.length;
        onProgress?.(done, total);
        if (total !== undefined && done > total)
          body.destroy(new TransferFailure(`more than the ${total} bytes came`, false));
      });
    });
  } finally {
    closeSync(file);
  }
  if (total !== undefined && done < total)
    throw new TransferFailure(`the connection ended after ${done} of ${total} bytes`, true, done > from);
}

/** Forgets what came. */
export async function removePart(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(noteOf(part), { force: true });
}

export const sizeOf = async (file: string): Promise<number> =>
  (await stat(file).catch(() => undefined))?.size ?? 0;

async function readNote(part: string): Promise<Note | undefined> {
  try {
    return JSON.parse(await readFile(noteOf(part), 'utf8')) as Note;
  } catch {
    // Without it nothing is known of the part, which is then begun anew unless a checksum tells.
    return undefined;
  }
}

const one = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

/** Why a request failed, with the cause that Node hides below it. */
function whyOf(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause;
  const { code } = (cause ?? error) as { code?: string };
  const text = messageOf(cause ?? error) || code || 'the request failed';
  return code && !text.includes(code) ? `${text} (${code})` : text;
}

function guarded<T>(file: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw writeFault(file, cause);
  }
}

function writeAll(file: number, chunk: Buffer): void {
  for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
}
