import { type FileHandle, open } from 'node:fs/promises';
import {
  type AttemptRecord,
  answerBytes,
  encodeRecord,
  historyMagic,
  recordHeaderBytes,
} from '../../verdict/history.ts';

const chunkBytes = 1024 * 1024;

/**
 * Appends records to a history file in big chunks, in the order given. A write that fails is thrown by the next
 * call of {@link flush} or {@link close}, and nothing is written after it.
 */
export class HistoryWriter {
  readonly #file: FileHandle;
  readonly #chunkBytes: number;
  #chunk: DataView<ArrayBuffer>;
  #used = 0;
  /** The writes so far, one after the other. */
  #written: Promise<void> = Promise.resolve();

  /** @param file open for writing and empty; {@link close} closes it */
  constructor(file: FileHandle, bytes: number = chunkBytes) {
    this.#file = file;
    this.#chunkBytes = bytes;
    this.#chunk = new DataView(new ArrayBuffer(bytes));
    new Uint8Array(this.#chunk.buffer).set(historyMagic);
    this.#used = historyMagic.length;
  }

  /** @throws when the file exists (a directory holds one run) or cannot be made */
  static async create(path: string, bytes: number = chunkBytes): Promise<HistoryWriter> {
    return new HistoryWriter(await open(path, 'wx'), bytes);
  }

  append(record: AttemptRecord): void {
    const bytes = recordHeaderBytes + record.answers.length * answerBytes;
    if (this.#used + bytes > this.#chunk.byteLength) this.#rotate(bytes);
    this.#used = encodeRecord(this.#chunk, this.#used, record);
  }

  /** Writes what was appended; resolves when the file has it. */
  async flush(): Promise<void> {
    this.#rotate(0);
    await this.#written;
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#file.close();
    }
  }

  #rotate(bytesNeeded: number): void {
    if (this.#used === 0 && bytesNeeded <= this.#chunk.byteLength) return;
    if (this.#used > 0) {
      const bytes = new Uint8Array(this.#chunk.buffer, 0, this.#used);
      this.#written = this.#written.then(() => this.#write(bytes));
      // The failure is kept for flush and close; unhandled, it would end the process first.
      this.#written.catch(() => undefined);
      this.#used = 0;
    }
    this.#chunk = new DataView(new ArrayBuffer(Math.max(this.#chunkBytes, bytesNeeded)));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      at += (await this.#file.write(bytes, at)).bytesWritten;
    }
  }
}
