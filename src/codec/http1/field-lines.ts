import { nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames } from '../../common/headers/names.ts';

const contentLengthId = nameTable.idOf(HeaderNames.ContentLength);
const transferEncodingId = nameTable.idOf(HeaderNames.TransferEncoding);
const connectionId = nameTable.idOf(HeaderNames.Connection);
const upgradeId = nameTable.idOf(HeaderNames.Upgrade);
const hostId = nameTable.idOf(HeaderNames.Host);

/** Numbers a line. */
const stride = 5;
const nameStartMark = 1;
const nameEndMark = 2;
const valueStartMark = 3;
const valueEndMark = 4;

const usualLines = 16;

/** What a parser notes of a block of field lines. Places are counted from the block's first byte. */
export class FieldLines {
  /** Of each line: id of the known name or -1, and where name and value lie. */
  #marks: Int32Array = new Int32Array(usualLines * stride);
  #count = 0;
  #countedBytes = 0;
  /** Bytes of the block, the empty line among them. */
  length = 0;
  /** Number of lines with the name, and the number of the last such line. */
  contentLengthCount = 0;
  contentLengthLine = -1;
  transferEncodingCount = 0;
  transferEncodingLine = -1;
  connectionLine = -1;
  upgradeLine = -1;
  /** The first one. */
  hostLine = -1;
  /** A header of which there is one entry at most came twice: values are to be joined. */
  hasRepeats = false;

  get count(): number {
    return this.#count;
  }

  /** What Envoy counts as header bytes: all names and values, and three a line; a block without lines counts as an empty one. */
  get countedBytes(): number {
    return this.#countedBytes === 0 ? 3 : this.#countedBytes;
  }

  /** Known id of a line's name, or -1. */
  idAt(line: number): number {
    return this.#marks[line * stride] as number;
  }

  nameStartAt(line: number): number {
    return this.#marks[line * stride + nameStartMark] as number;
  }

  nameEndAt(line: number): number {
    return this.#marks[line * stride + nameEndMark] as number;
  }

  valueStartAt(line: number): number {
    return this.#marks[line * stride + valueStartMark] as number;
  }

  valueEndAt(line: number): number {
    return this.#marks[line * stride + valueEndMark] as number;
  }

  add(id: number, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const line = this.#count++;
    const at = line * stride;
    if (at === this.#marks.length) this.#grow();
    const marks = this.#marks;
    marks[at] = id;
    marks[at + nameStartMark] = nameStart;
    marks[at + nameEndMark] = nameEnd;
    marks[at + valueStartMark] = valueStart;
    marks[at + valueEndMark] = valueEnd;
    this.#countedBytes += nameEnd - nameStart + valueEnd - valueStart + 3;
    if (id >= 0 && id <= upgradeId) this.#noteSpecial(id, line);
  }

  clear(): void {
    this.#count = 0;
    this.#countedBytes = 0;
    this.length = 0;
    this.contentLengthCount = 0;
    this.contentLengthLine = -1;
    this.transferEncodingCount = 0;
    this.transferEncodingLine = -1;
    this.connectionLine = -1;
    this.upgradeLine = -1;
    this.hostLine = -1;
    this.hasRepeats = false;
  }

  #noteSpecial(id: number, line: number): void {
    if (id === hostId) {
      if (this.hostLine < 0) this.hostLine = line;
    } else if (id === contentLengthId) {
      this.contentLengthCount++;
      this.contentLengthLine = line;
    } else if (id === transferEncodingId) {
      this.transferEncodingCount++;
      this.transferEncodingLine = line;
    } else if (id === connectionId) {
      this.connectionLine = line;
    } else if (id === upgradeId) {
      this.upgradeLine = line;
    }
  }

  #grow(): void {
    const larger = new Int32Array(this.#marks.length * 2);
    larger.set(this.#marks);
    this.#marks = larger;
  }
}
