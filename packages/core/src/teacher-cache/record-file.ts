import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '@kdx/tensor';
import { kdxError } from '../errors.js';
import { openRecord, SEAL_BYTES, type Slot, sealRecord } from './record.js';

interface RecordFileOptions {
  /** Of the cache's key; a record of another key is not taken. */
  readonly key: string;
  /** Most values a record holds; what lies between slots. */
  readonly values: number;
}

/**
 * Records at fixed places of one sparse file. Several processes may write it at once, as long as they write the same
 * values to the same slot.
 */
export class RecordFile {
  #handle: FileHandle | undefined;
  #writable = false;
  readonly #prefix: string;
  readonly #stride: number;

  constructor(
    readonly file: string,
    { key, values }: RecordFileOptions,
  ) {
    this.#prefix = `${key}/${basename(file)}/`;
    this.#stride = SEAL_BYTES + values * Float32Array.BYTES_PER_ELEMENT;
  }

  /**
   * What is in each slot, `values` values each.
   * @throws KdxError `KDX_CACHE_FILE`
   */
  async read(slots: ArrayLike<number>, values: number): Promise<Slot[]> {
    return this.#named('read', async () => {
      const found = await this.#readOnce(slots, values);
      if (!found.includes('damaged')) return found;
      // Another process may be in the middle of writing it.
      await sleep(20);
      return this.#readOnce(slots, values);
    });
  }

  /**
   * Writes one record to each slot.
   * @throws KdxError `KDX_CACHE_FILE`
   */
  async write(slots: ArrayLike<number>, records: readonly Float32Array[]): Promise<void> {
    await this.#named('written', async () => {
      const handle = await this.#writer();
      await Promise.all(
        records.map((values, i) =>
          writeAll(handle, sealRecord(this.#prefix + slots[i], values), slots[i] * this.#stride),
        ),
      );
    });
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#writable = false;
    await handle?.close();
  }

  /** What an open file refuses does not say which file it is. */
  async #named<T>(how: 'read' | 'written', use: () => Promise<T>): Promise<T> {
    try {
      return await use();
    } catch (cause) {
      throw kdxError('KDX_CACHE_FILE', `${this.file} cannot be ${how}: ${messageOf(cause)}.`, { cause });
    }
  }

  async #readOnce(slots: ArrayLike<number>, values: number): Promise<Slot[]> {
    const handle = await this.#reader();
    if (!handle) return Array.from(slots, () => 'unwritten');
    const size = SEAL_BYTES + values * Float32Array.BYTES_PER_ELEMENT;
    const bytes = new Uint8Array(slots.length * size);
    return Promise.all(
      Array.from(slots, async (slot, i) => {
        const record = bytes.subarray(i * size, (i + 1) * size);
        await readAll(handle, record, slot * this.#stride);
        return openRecord(this.#prefix + slot, record);
      }),
    );
  }

  /** Undefined as long as there is no file. */
  async #reader(): Promise<FileHandle | undefined> {
    try {
      this.#handle ??= await open(this.file, 'r');
      return this.#handle;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Opened apart from reading: a cache that has all it needs may be read-only. */
  async #writer(): Promise<FileHandle> {
    if (!this.#handle || !this.#writable) {
      const writer = await open(this.file, constants.O_RDWR | constants.O_CREAT, 0o666);
      await this.close();
      this.#handle = writer;
      this.#writable = true;
    }
    return this.#handle;
  }
}

/** Past the end of the file there are zeros, as in its holes. */
async function readAll(handle: FileHandle, into: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) return;
    done += bytesRead;
  }
}

async function writeAll(handle: FileHandle, from: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < from.length; ) {
    // A disk that becomes full takes a part first and refuses the rest.
    const { bytesWritten } = await handle.write(from, done, from.length - done, position + done);
    done += bytesWritten;
  }
}
