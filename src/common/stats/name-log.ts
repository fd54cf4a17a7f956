/**
 * The log by which a thread tells main what its values are: appended by the thread, read by main whenever asked.
 *
 * Units are int32. A record is `kind | units << 8` and its payload. PUBLISHED and CONSUMED count units of records
 * since the start (they wrap; only differences matter). When main has read everything the writer goes back to the
 * start of the memory, so the log's size is bounded by what happens between two readings.
 */
import { CONSUMED, DROPPED, growTo, LOG_START, PUBLISHED, type StatsMemory } from './stats-memory.ts';

export type GaugeType = 'gauge' | 'gauge_main' | 'gauge_hidden';
export type StatType = 'counter' | GaugeType | 'text' | 'histogram';

const STAT_TYPES: readonly StatType[] = ['counter', 'gauge', 'gauge_main', 'gauge_hidden', 'text', 'histogram'];
const UNITS: readonly string[] = ['unspecified', 'bytes', 'microseconds', 'milliseconds', 'percent'];

const JUMP = 1;
const TOKEN = 2;
const FREE_TOKEN = 3;
const DEFINE = 4;
const FREE = 5;
const TEXT = 6;
const BIN = 7;

const JUMP_UNITS = 2;
const GROW_STEP_BYTES = 1 << 18;
const DEFAULT_REWIND_UNITS = 1 << 14;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** What main does with the records, in the order in which the thread wrote them. */
export interface NameLogHandler {
  /** `id` stands for `text` until it is freed. */
  onToken(id: number, text: string): void;
  onFreeToken(id: number): void;
  /** The statistic's name is prefix + name; its value lies in `slot`. */
  onDefine(slot: number, type: StatType, unit: string, prefixToken: number, nameToken: number): void;
  /** Nobody on the thread holds it any longer; the slot still has its last value. */
  onFree(slot: number): void;
  onText(slot: number, text: string): void;
  /** `valueSlot` counts the samples of one bin of a histogram. */
  onBin(histogramSlot: number, bin: number, valueSlot: number): void;
}

export class NameLogWriter {
  readonly #memory: SharedArrayBuffer;
  readonly #units: Int32Array;
  readonly #rewindUnits: number;
  #offset = LOG_START;
  #sequence = 0;
  /** While the reader has not passed the last rewind's jump, what lies from here to #resumeAt must stay. */
  #limit = NO_LIMIT;
  #resumeAt = LOG_START;
  #rewindSequence = 0;

  constructor(memory: StatsMemory, rewindUnits = DEFAULT_REWIND_UNITS) {
    this.#memory = memory.names;
    this.#units = new Int32Array(memory.names);
    this.#rewindUnits = rewindUnits;
  }

  /** Where the log stands after the last record; see hasConsumed. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Whether main has read all up to `sequence`: then it no longer looks at what was freed before. */
  hasConsumed(sequence: number): boolean {
    return ((Atomics.load(this.#units, CONSUMED) - sequence) | 0) >= 0;
  }

  token(id: number, text: string): boolean {
    return this.#appendText(TOKEN, id, text);
  }

  freeToken(id: number): boolean {
    return this.#append(FREE_TOKEN, id);
  }

  define(slot: number, type: StatType, unit: string, prefixToken: number, nameToken: number): boolean {
    const what = STAT_TYPES.indexOf(type) | (Math.max(0, UNITS.indexOf(unit)) << 8);
    return this.#append(DEFINE, slot, what, prefixToken, nameToken);
  }

  free(slot: number): boolean {
    return this.#append(FREE, slot);
  }

  text(slot: number, text: string): boolean {
    return this.#appendText(TEXT, slot, text);
  }

  bin(histogramSlot: number, bin: number, valueSlot: number): boolean {
    return this.#append(BIN, histogramSlot, bin, valueSlot);
  }

  #append(kind: number, ...payload: number[]): boolean {
    const size = payload.length + 1;
    if (!this.#makeRoom(size)) return false;
    this.#units[this.#offset] = kind | (size << 8);
    for (let i = 0; i < payload.length; i++) this.#units[this.#offset + 1 + i] = payload[i] ?? 0;
    this.#publish(size);
    return true;
  }

  #appendText(kind: number, id: number, text: string): boolean {
    const size = 3 + ((text.length + 1) >> 1);
    if (!this.#makeRoom(size)) return false;
    const units = this.#units;
    units[this.#offset] = kind | (size << 8);
    units[this.#offset + 1] = id;
    units[this.#offset + 2] = text.length;
    for (let i = 0; i < text.length; i += 2) {
      const second = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      units[this.#offset + 3 + (i >> 1)] = text.charCodeAt(i) | (second << 16);
    }
    this.#publish(size);
    return true;
  }

  #publish(size: number): void {
    this.#offset += size;
    this.#sequence = (this.#sequence + size) | 0;
    Atomics.store(this.#units, PUBLISHED, this.#sequence);
  }

  #makeRoom(size: number): boolean {
    if (this.#offset >= this.#rewindUnits && this.#limit === NO_LIMIT && this.hasConsumed(this.#sequence))
      this.#rewind();
    if (this.#offset + size + JUMP_UNITS > this.#limit) this.#leaveRewoundPart();
    if (growTo(this.#memory, (this.#offset + size + JUMP_UNITS) * 4, GROW_STEP_BYTES)) return true;
    Atomics.add(this.#units, DROPPED, 1);
    return false;
  }

  #rewind(): void {
    this.#limit = this.#offset;
    this.#resumeAt = this.#offset + JUMP_UNITS;
    this.#jump(LOG_START);
    this.#rewindSequence = this.#sequence;
  }

  #leaveRewoundPart(): void {
    if (!this.hasConsumed(this.#rewindSequence)) this.#jump(this.#resumeAt);
    this.#limit = NO_LIMIT;
  }

  #jump(target: number): void {
    this.#units[this.#offset] = JUMP | (JUMP_UNITS << 8);
    this.#units[this.#offset + 1] = target;
    this.#publish(JUMP_UNITS);
    this.#offset = target;
  }
}

export class NameLogReader {
  readonly #units: Int32Array;
  #offset = LOG_START;

  constructor(memory: StatsMemory) {
    this.#units = new Int32Array(memory.names);
  }

  /** How many statistics found no room in the thread's memory. */
  get dropped(): number {
    return Atomics.load(this.#units, DROPPED);
  }

  /** Hands over every record that is published; true if there was one. */
  drain(handler: NameLogHandler): boolean {
    const published = Atomics.load(this.#units, PUBLISHED);
    const consumed = Atomics.load(this.#units, CONSUMED);
    let left = (published - consumed) | 0;
    if (left === 0) return false;
    while (left > 0) left -= this.#readRecord(handler);
    Atomics.store(this.#units, CONSUMED, published);
    return true;
  }

  #readRecord(handler: NameLogHandler): number {
    const head = this.#unit(0);
    const size = head >>> 8;
    const kind = head & 0xff;
    if (kind === JUMP) {
      this.#offset = this.#unit(1);
      return size;
    }
    this.#dispatch(kind, handler);
    this.#offset += size;
    return size;
  }

  #dispatch(kind: number, handler: NameLogHandler): void {
    const id = this.#unit(1);
    if (kind === DEFINE) {
      const what = this.#unit(2);
      const type = STAT_TYPES[what & 0xff] ?? 'counter';
      handler.onDefine(id, type, UNITS[what >>> 8] ?? 'unspecified', this.#unit(3), this.#unit(4));
    } else if (kind === FREE) handler.onFree(id);
    else if (kind === BIN) handler.onBin(id, this.#unit(2), this.#unit(3));
    else if (kind === TOKEN) handler.onToken(id, this.#text());
    else if (kind === FREE_TOKEN) handler.onFreeToken(id);
    else if (kind === TEXT) handler.onText(id, this.#text());
  }

  #unit(index: number): number {
    return this.#units[this.#offset + index] ?? 0;
  }

  #text(): string {
    const length = this.#unit(2);
    const parts: string[] = [];
    for (let i = 0; i < length; i++) {
      const pair = this.#unit(3 + (i >> 1));
      parts.push(String.fromCharCode(i & 1 ? pair >>> 16 : pair & 0xffff));
    }
    return parts.join('');
  }
}
