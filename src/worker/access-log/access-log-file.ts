import { closeSync, openSync, writeSync } from 'node:fs';
import type { Dispatcher, Timer } from '../../../sdk/event.ts';
import type { AccessLogFile } from '../../../sdk/extension.ts';
import type { Counter, Gauge, Scope } from '../../../sdk/stats.ts';
import { writeLatin1 } from '../../common/buffer/bytes.ts';

/** `filesystem.` */
export class FileStats {
  readonly flushedByTimer: Counter;
  readonly reopenFailed: Counter;
  readonly writeBuffered: Counter;
  readonly writeCompleted: Counter;
  readonly writeFailed: Counter;
  readonly writeTotalBuffered: Gauge;

  constructor(root: Scope) {
    const scope = root.scope('filesystem');
    this.flushedByTimer = scope.counter('flushed_by_timer');
    this.reopenFailed = scope.counter('reopen_failed');
    this.writeBuffered = scope.counter('write_buffered');
    this.writeCompleted = scope.counter('write_completed');
    this.writeFailed = scope.counter('write_failed');
    this.writeTotalBuffered = scope.gauge('write_total_buffered');
  }
}

export interface FileFlushOptions {
  /** --file-flush-interval-msec */
  readonly flushIntervalMs: number;
  /** --file-flush-min-size-kb, in bytes */
  readonly flushMinSizeBytes: number;
}

/** It grows to what is buffered before a flush. */
const firstBatchBytes = 4096;

const standardStreams: ReadonlyMap<string, number> = new Map([
  ['/dev/stdout', 1],
  ['/dev/stderr', 2],
]);

/**
 * Lines for one file, written in batches: the first at once, as Envoy's flush thread begins with what is there, then by
 * size, by the clock, and whole at an orderly end.
 */
export class BatchedLogFile implements AccessLogFile, Disposable {
  readonly path: string;
  readonly #stats: FileStats;
  readonly #options: FileFlushOptions;
  readonly #timer: Timer;
  #fd: number;
  /** Lines become bytes at once: strings that wait are what a garbage collector copies. */
  #batch: Uint8Array = new Uint8Array(firstBatchBytes);
  #batchBytes = 0;
  #hasFlushed = false;

  /** Throws the system's error when the file cannot be opened. */
  constructor(path: string, dispatcher: Dispatcher, stats: FileStats, options: FileFlushOptions) {
    this.path = path;
    this.#stats = stats;
    this.#options = options;
    this.#fd = openLog(path);
    this.#timer = dispatcher.createTimer(() => this.#onTimer());
  }

  write(text: string): void {
    if (this.#batch.length - this.#batchBytes < text.length) this.#grow(text.length);
    writeLatin1(text, this.#batch, this.#batchBytes);
    this.#batchBytes += text.length;
    this.#stats.writeBuffered.inc();
    this.#stats.writeTotalBuffered.add(text.length);
    if (this.#batchBytes >= this.#options.flushMinSizeBytes) this.flush();
    else if (!this.#timer.enabled) this.#timer.enableTimer(this.#hasFlushed ? this.#options.flushIntervalMs : 0);
  }

  /** For SIGUSR1: what was logged before goes to the old file. */
  reopen(): void {
    if (standardStreams.has(this.path)) return;
    this.flush();
    try {
      const fd = openLog(this.path);
      closeSync(this.#fd);
      this.#fd = fd;
    } catch {
      this.#stats.reopenFailed.inc();
    }
  }

  /** Writes all that is buffered before it returns: a slow disk slows the writer, and nothing is lost or piles up. */
  flush(): void {
    const bytes = this.#batchBytes;
    if (bytes === 0) return;
    this.#stats.writeTotalBuffered.sub(bytes);
    this.#batchBytes = 0;
    this.#hasFlushed = true;
    this.#timer.disableTimer();
    if (writeAll(this.#fd, this.#batch, bytes)) this.#stats.writeCompleted.inc();
    else this.#stats.writeFailed.inc();
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.flush();
    if (!standardStreams.has(this.path)) closeSync(this.#fd);
  }

  #grow(bytes: number): void {
    const larger = new Uint8Array(Math.max(this.#batch.length * 2, this.#batchBytes + bytes));
    larger.set(this.#batch.subarray(0, this.#batchBytes));
    this.#batch = larger;
  }

  #onTimer(): void {
    if (this.#hasFlushed) this.#stats.flushedByTimer.inc();
    this.flush();
  }
}

/** False when the system refuses; a pipe that is full (EAGAIN) is waited for. */
function writeAll(fd: number, batch: Uint8Array, bytes: number): boolean {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let written = 0; written < bytes; ) {
    try {
      written += writeSync(fd, batch, written, bytes - written);
    } catch (error) {
      if (!isAgain(error)) return false;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
  return true;
}

function openLog(path: string): number {
  return standardStreams.get(path) ?? openSync(path, 'a', 0o666);
}

function isAgain(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
