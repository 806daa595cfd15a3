import { closeSync, openSync, writeSync } from 'node:fs';
import type { Dispatcher } from 'undici';
import { REDIRECTS } from './dispatcher.js';
import { removePart, sizeOf, writeNote } from './part.js';
import { TransferFailure } from './transfer-failure.js';
import { guarded } from './write-fault.js';

type Headers = Dispatcher.ResponseData['headers'];

export interface Receiving {
  readonly url: string;
  /** Where what came is kept until it is whole. */
  readonly part: string;
  /** How long the file is, where that is known. */
  readonly bytes?: number;
  /** Where the part ended, when the rest of it was asked for; else 0. */
  readonly begun: number;
  /** What the request named the file by. */
  readonly validator?: string;
  /** Told whenever bytes come. */
  readonly alive: () => void;
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

/**
 * Writes what a server answers to the end of the part, or in its place.
 * @returns whether all of the file came in this answer
 * @throws TransferFailure; KdxError `KDX_FETCH_WRITE`
 */
export async function receive(response: Dispatcher.ResponseData, options: Receiving): Promise<boolean> {
  const { url, part, bytes, begun } = options;
  const { statusCode, headers } = response;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(one(headers['content-range']) ?? '');
  const fault = refusal(response, Number(range?.[1]), options);
  if (fault) {
    // What is there does not fit what the server has.
    if ([206, 416].includes(statusCode)) await removePart(part);
    throw fault;
  }
  const from = statusCode === 206 ? begun : 0;
  const length = one(headers['content-length']);
  const told = Number((statusCode === 206 ? range?.[2] : length) ?? Number.NaN);
  const total = Number.isFinite(told) ? told : bytes;
  if (bytes !== undefined && total !== bytes)
    throw new TransferFailure(`the file there has ${total} bytes instead of ${bytes}`, false);

  // The page of a network that wants a login must not take the place of what has come.
  if (statusCode === 200 && length === undefined && bytes !== undefined && isPage(headers))
    throw new TransferFailure('a web page came; does your network want a login?', true);

  const { etag, modified } = validatorsOf(headers);
  writeNote(part, { url, validator: etag ?? modified });
  const done = await write(response.body, from, total, options).catch(async (error: unknown) => {
    // Of what is longer than the file nothing could go on.
    if (total !== undefined && (await sizeOf(part)) > total) await removePart(part);
    throw error;
  });
  if (total !== undefined && done < total)
    throw new TransferFailure(
      `the connection ended after ${done} of ${total} bytes`,
      true,
      statusCode === 200 && length === undefined,
    );
  return from === 0;
}

/** Why an answer is not the file, or not the part of it that was asked for. */
function refusal(
  { statusCode, headers }: Dispatcher.ResponseData,
  start: number,
  asked: Receiving,
): TransferFailure | undefined {
  if (statusCode === 416)
    return new TransferFailure('the server does not go on where the last try ended', true);
  if (statusCode >= 300 && statusCode < 400)
    return new TransferFailure(`the server redirects more than ${REDIRECTS} times`, false);
  if (statusCode !== 200 && statusCode !== 206) {
    const again = statusCode >= 500 || [408, 425, 429].includes(statusCode);
    return new TransferFailure(`the server answers ${statusCode}`, again);
  }
  if (statusCode === 200) return undefined;
  if (asked.begun === 0 || start !== asked.begun)
    return new TransferFailure('the server sent another part than was asked for', true);
  // Some servers know Range and not If-Range.
  const { etag, modified } = validatorsOf(headers);
  const now = asked.validator?.startsWith('"') ? etag : modified;
  return asked.validator !== undefined && now !== undefined && now !== asked.validator
    ? new TransferFailure('the file there has changed since the last try', true)
    : undefined;
}

/** Writes a body as it comes: what a stream still holds when its connection breaks would be lost. */
async function write(
  body: Dispatcher.ResponseData['body'],
  from: number,
  total: number | undefined,
  { part, alive, onProgress }: Receiving,
): Promise<number> {
  const file = guarded(part, () => openSync(part, from > 0 ? 'a' : 'w'));
  let done = from;
  try {
    onProgress?.(done, total);
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
  return done;
}

function writeAll(file: number, chunk: Buffer): void {
  for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
}

/** What tells one state of a file from another: a strong ETag, when it was last changed. */
const validatorsOf = (headers: Headers): { etag?: string; modified?: string } => {
  const etag = one(headers.etag);
  return { etag: etag?.startsWith('"') ? etag : undefined, modified: one(headers['last-modified']) };
};

const isPage = (headers: Headers): boolean => /^text\/html\b/i.test(one(headers['content-type']) ?? '');

const one = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;
