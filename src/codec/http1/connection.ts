import type { Buffer } from '../../../sdk/buffer.ts';
import type { Codec, CodecError, Protocol } from '../../../sdk/codec.ts';
import { BlockPool } from '../../common/buffer/block.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import type { HeadMemory } from '../../common/headers/head-memory.ts';
import type { HeaderKeyFormatter } from '../../common/headers/key-formatter.ts';
import { type Fault, protocolError } from './details.ts';
import type { FieldParser } from './field-parser.ts';
import { FirstLine } from './first-line.ts';
import { Framing } from './framing.ts';
import type { ReaderLimits } from './message-reader.ts';
import type { Http1CodecStats, Http1Options } from './options.ts';
import type { StreamEncoder } from './stream-encoder.ts';

/** What the codecs of one thread and configuration have in common; made once. */
export interface Http1Shared<Options extends Http1Options> {
  readonly options: Options;
  /** The options as the reader of messages takes them. */
  readonly limits: ReaderLimits;
  readonly stats: Http1CodecStats;
  readonly fields: FieldParser;
  readonly line: FirstLine;
  readonly framing: Framing;
  /** Where heads are kept that were received. */
  readonly heads: HeadMemory;
  /** Where heads are written before they are sent. */
  readonly pool: BlockPool;
}

/** @param skipEmptyLines between messages */
export function makeShared<Options extends Http1Options>(
  options: Options,
  stats: Http1CodecStats,
  fields: FieldParser,
  heads: HeadMemory,
  skipEmptyLines: boolean,
): Http1Shared<Options> {
  return {
    options,
    limits: { ...options, skipEmptyLines },
    stats,
    fields,
    line: new FirstLine(),
    framing: new Framing(),
    heads,
    pool: new BlockPool(),
  };
}

/** What the codec asks of the connection it speaks on. */
export interface Http1ConnectionHooks {
  /** Counted, as the stream's: HTTP/1 has one stream at a time, so the connection stops reading with it. */
  readDisable(disable: boolean): void;
  /** Whether it is encrypted (for `validateScheme`). */
  readonly isSecure?: boolean;
}

/** Both sides of HTTP/1: output, watermarks, and the last word on a connection that went wrong. */
export abstract class Http1Connection<Options extends Http1Options> implements Codec {
  // Declared alone, and no method private to V8: see HeaderEntries.
  declare protected readonly shared: Http1Shared<Options>;
  declare protected readonly hooks: Http1ConnectionHooks;
  declare readonly output: SliceBuffer;
  /** What ended the connection's use. */
  declare protected failure: CodecError | undefined;
  declare private isAboveWatermark: boolean;
  /** While it is above 0 nothing is read, and `dispatch` leaves its bytes alone. */
  declare protected readDisableCount: number;

  constructor(shared: Http1Shared<Options>, hooks: Http1ConnectionHooks) {
    this.shared = shared;
    this.hooks = hooks;
    this.output = new SliceBuffer(shared.pool);
    this.failure = undefined;
    this.isAboveWatermark = false;
    this.readDisableCount = 0;
    const { bufferLimitBytes } = shared.options;
    if (bufferLimitBytes > 0) {
      this.output.setWatermarks(
        bufferLimitBytes,
        () => this.activeStream()?.callbacks.runHighWatermark(),
        () => this.activeStream()?.callbacks.runLowWatermark(),
      );
    }
  }

  abstract readonly protocol: Protocol;
  abstract dispatch(data: Buffer): CodecError | undefined;
  abstract onPeerClosed(): CodecError | undefined;
  protected abstract activeStream(): StreamEncoder | undefined;

  get enableTrailers(): boolean {
    return this.shared.options.enableTrailers;
  }

  get bufferLimitBytes(): number {
    return this.shared.options.bufferLimitBytes;
  }

  get keyFormatter(): HeaderKeyFormatter | undefined {
    const format = this.shared.options.headerKeyFormat;
    return format.kind === 'encode_only' ? format.formatter : undefined;
  }

  /** HTTP/1 has no such frame: the owner closes after the current request. */
  goAway(): void {}

  shutdownNotice(): void {}

  /** Whether the peer reads slower than we write, by more than the limit. */
  protected get isClogged(): boolean {
    const { bufferLimitBytes } = this.shared.options;
    return this.isAboveWatermark || (bufferLimitBytes > 0 && this.output.length > bufferLimitBytes);
  }

  wantsToWrite(): boolean {
    return this.output.length > 0;
  }

  onUnderlyingConnectionAboveWriteBufferHighWatermark(): void {
    if (this.isAboveWatermark) return;
    this.isAboveWatermark = true;
    this.activeStream()?.callbacks.runHighWatermark();
  }

  onUnderlyingConnectionBelowWriteBufferLowWatermark(): void {
    if (!this.isAboveWatermark) return;
    this.isAboveWatermark = false;
    this.activeStream()?.callbacks.runLowWatermark();
  }

  /** A stream that begins on a connection above its watermark knows it from the start. */
  protected tellWatermark(stream: StreamEncoder): void {
    if (this.isAboveWatermark) stream.callbacks.runHighWatermark();
  }

  onReadDisable(disable: boolean): void {
    this.readDisableCount += disable ? 1 : -1;
    this.onPauseChanged();
    this.hooks.readDisable(disable);
  }

  protected abstract onPauseChanged(): void;

  /** Takes back what a stream that ends has read-disabled. */
  protected detach(stream: StreamEncoder): void {
    stream.isDetached = true;
    for (let i = stream.readDisableCount; i > 0; i--) this.onReadDisable(false);
  }

  protected fail(fault: Fault): CodecError {
    this.failure = protocolError(fault);
    return this.failure;
  }
}
