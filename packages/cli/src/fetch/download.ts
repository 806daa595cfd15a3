import { KdxError } from '@kdx/core';
import pRetry from 'p-retry';
import type { Archive } from './catalogue.js';
import { difference, hasChecksum } from './checksums.js';
import { fetchDispatcher, removePart, sizeOf, TransferFailure, transfer } from './transfer.js';

export interface DownloadOptions {
  readonly archive: Archive;
  /** Where what came is kept until it is whole; a later call goes on with it. */
  readonly part: string;
  readonly signal?: AbortSignal;
  /** Milliseconds without a byte. Default 30 s. */
  readonly idleMs?: number;
  /** Tries of one address that bring nothing, after the first. Default 3. */
  readonly retries?: number;
  /** Milliseconds before the second try; each further waits twice as long. Default 1 s. */
  readonly backOffMs?: number;
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Told why an address is tried again or left. */
  readonly onTrouble?: (message: string) => void;
}

/**
 * Brings a file from the first of its addresses that has it, whole and held against its size and checksums.
 * @throws KdxError `KDX_FETCH_FAILED` with what was wrong at each address, `KDX_FETCH_CHECKSUM` where they all have other
 *   bytes, `KDX_FETCH_WRITE`, `KDX_INTERRUPTED`
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { archive, part, onTrouble = () => {} } = options;
  const dispatcher = fetchDispatcher();
  const failures: string[] = [];
  let wrong = 0;
  try {
    for (const url of archive.urls) {
      try {
        const fault = await bring(url, options, dispatcher);
        if (fault === undefined) return;
        wrong += 1;
        failures.push(`${url}: ${fault}`);
      } catch (error) {
        if (options.signal?.aborted) throw interrupted(part);
        if (!(error instanceof TransferFailure)) throw error;
        failures.push(`${url}: ${error.message}`);
      }
      onTrouble(failures.at(-1) as string);
    }
  } finally {
    await dispatcher.destroy();
  }
  if (wrong === archive.urls.length) {
    throw new KdxError(
      'KDX_FETCH_CHECKSUM',
      `${archive.name} is not the file it should be: ${failures.join('; ')}; nothing was kept. Try again later, or give other addresses with --catalogue.`,
    );
  }
  const kept = (await sizeOf(part)) > 0 ? ' what came is kept and the same command goes on' : ' nothing came';
  throw new KdxError(
    'KDX_FETCH_FAILED',
    `${archive.name} could not be fetched (${failures.join('; ')});${kept}. Look at your connection and at https_proxy, or put the file there by hand.`,
  );
}

/** Whether an address gave the file: undefined, else how what it gave differs. */
async function bring(
  url: string,
  {
    archive,
    part,
    signal,
    idleMs = 30_000,
    retries = 3,
    backOffMs = 1000,
    onProgress,
    onTrouble,
  }: DownloadOptions,
  dispatcher: ReturnType<typeof fetchDispatcher>,
): Promise<string | undefined> {
  for (let fresh = (await sizeOf(part)) === 0; ; fresh = true) {
    const identified = hasChecksum(archive);
    await pRetry(
      () => transfer({ url, part, bytes: archive.bytes, identified, idleMs, dispatcher, signal, onProgress }),
      {
        retries,
        minTimeout: backOffMs,
        maxTimeout: 30 * backOffMs,
        signal,
        shouldRetry: ({ error }) => error instanceof TransferFailure && error.again && !signal?.aborted,
        // A connection that is cut again and again gets there as long as each brings something.
        shouldConsumeRetry: ({ error }) => !(error instanceof TransferFailure && error.progressed),
        onFailedAttempt: ({ error, retriesLeft }) => {
          if (error instanceof TransferFailure && error.again && retriesLeft > 0)
            onTrouble?.(`${url}: ${error.message}; trying again`);
        },
      },
    );
    const fault = await difference(part, archive);
    if (fault === undefined) return undefined;
    await removePart(part);
    // Of what an earlier try, or another address, had begun, the beginning may have been wrong.
    if (fresh) return fault;
    onTrouble?.(`${url}: ${fault}; beginning anew`);
  }
}

const interrupted = (part: string): KdxError =>
  new KdxError('KDX_INTERRUPTED', `Interrupted; what came is in ${part}, and the same command goes on.`);
