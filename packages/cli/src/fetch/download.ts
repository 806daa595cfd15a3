import { setTimeout as pause } from 'node:timers/promises';
import { type KdxError } from '@kdx/tensor';
import pRetry from 'p-retry';
import { kdxError } from '../errors.js';
import type { Archive } from './catalogue.js';
import { difference, hasChecksum } from './checksums.js';
import { fetchDispatcher } from './dispatcher.js';
import { removePart, sizeOf } from './part.js';
import { transfer } from './transfer.js';
import { TransferFailure } from './transfer-failure.js';

/** How often one address may begin anew, because what was put together from several answers is wrong. */
const ANEW = 2;

export interface DownloadOptions {
  readonly archive: Archive;
  /** Where what came is kept until it is whole; a later call goes on with it. */
  readonly part: string;
  readonly signal?: AbortSignal;
  /** Milliseconds without a byte. Default 30 s. */
  readonly idleMs?: number;
  /** Tries of one address that bring nothing, after the first. Default 3. */
  readonly retries?: number;
  /** Milliseconds before the next try; after each that brings nothing twice as long. Default 1 s. */
  readonly backOffMs?: number;
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Told why an address is tried again or left. */
  readonly onTrouble?: (message: string) => void;
}

/**
 * Brings a file from the first of its addresses that has it, whole and held against its size and checksums.
 * @throws KdxError `KDX_FETCH_FAILED` with what was wrong at each address, `KDX_FETCH_CHECKSUM` where they all have other
 *   bytes, `KDX_FETCH_PROXY`, `KDX_FETCH_WRITE`, `KDX_INTERRUPTED`
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
    throw kdxError(
      'KDX_FETCH_CHECKSUM',
      `${archive.name} is not the file it should be: ${failures.join('; ')}; nothing was kept. Try again later, or give other addresses with --catalogue.`,
    );
  }
  const kept =
    (await sizeOf(part)) > 0 ? ' what came is kept and the same command goes on' : ' nothing was kept';
  throw kdxError(
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
  const identified = hasChecksum(archive);
  for (let anew = 0; ; anew++) {
    let most = await sizeOf(part);
    let progressed = false;
    const ofOneAnswer = await pRetry(
      () => transfer({ url, part, bytes: archive.bytes, identified, idleMs, dispatcher, signal, onProgress }),
      {
        retries,
        minTimeout: backOffMs,
        maxTimeout: 30 * backOffMs,
        signal,
        shouldRetry: ({ error }) => error instanceof TransferFailure && error.again && !signal?.aborted,
        // A connection that is cut again and again gets there as long as each brings something.
        shouldConsumeRetry: () => !progressed,
        onFailedAttempt: async ({ error, retriesLeft }) => {
          if (!(error instanceof TransferFailure)) return;
          const size = await sizeOf(part);
          // A server that sends the beginning again and again brings nothing.
          progressed = size > most && !error.answeredWhole;
          most = Math.max(most, size);
          if (!error.again || retriesLeft <= 0) return;
          onTrouble?.(`${url}: ${error.message}; trying again`);
          // What consumes no try would be tried again at once.
          if (progressed) await pause(backOffMs, undefined, { signal });
        },
      },
    );
    const fault = await difference(part, archive);
    if (fault === undefined) return undefined;
    await removePart(part);
    // Put together from several answers, of several addresses or of days apart, it may be a mix.
    if (ofOneAnswer || anew === ANEW) return fault;
    onTrouble?.(`${url}: ${fault}; beginning anew`);
  }
}

const interrupted = (part: string): KdxError =>
  kdxError('KDX_INTERRUPTED', `Interrupted; what came is in ${part}, and the same command goes on.`);
