import { KDX_VERSION } from '@kdx/run';
import { KdxError, messageOf } from '@kdx/tensor';
import { type Dispatcher, request } from 'undici';
import { readNote, sizeOf } from './part.js';
import { receive } from './receive.js';
import { TransferFailure } from './transfer-failure.js';

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

/**
 * Brings the rest of a file, or all of it where the server does not go on from the middle or has another file by now.
 * @returns whether the file is of one answer, and not put together from several
 * @throws TransferFailure; KdxError `KDX_FETCH_WRITE`, and what `signal` aborts with
 */
export async function transfer(options: Transfer): Promise<boolean> {
  const { url, part, bytes, idleMs, dispatcher, signal, onProgress } = options;
  const begun = await sizeOf(part);
  if (bytes !== undefined && begun === bytes) return false;
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
    const alive = (): void => void timer.refresh();
    alive();
    const asked = goesOn ? { begun, validator } : { begun: 0 };
    return await receive(response, { url, part, bytes, ...asked, alive, onProgress }).catch(
      (error: unknown) => {
        // Nobody reads the rest, which would keep the connection.
        response.body.on('error', () => {}).destroy();
        throw error;
      },
    );
  } catch (error) {
    if (signal?.aborted || error instanceof TransferFailure || error instanceof KdxError) throw error;
    if (idle.signal.aborted) throw new TransferFailure(`no byte came for ${idleMs / 1000} s`, true);
    if (/redirect/i.test(whyOf(error))) throw new TransferFailure('the server redirects in a circle', false);
    throw new TransferFailure(whyOf(error), true);
  } finally {
    clearTimeout(timer);
  }
}

/** Why a request failed, with the cause that Node hides below it. */
function whyOf(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause;
  const { code } = (cause ?? error) as { code?: string };
  const text = messageOf(cause ?? error) || code || 'the request failed';
  return code && !text.includes(code) ? `${text} (${code})` : text;
}
