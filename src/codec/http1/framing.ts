import { parseContentLength, readContentLength } from './content-length.ts';
import { type Fault, Faults } from './details.ts';
import type { FieldParser } from './field-parser.ts';

/** What the framing headers of a message say, faults in the order in which Envoy sees them. */
export class Framing {
  /** Undefined without Content-Length. */
  contentLength: number | undefined = undefined;
  isChunked = false;
  hasTransferEncoding = false;

  /** Reads the framing headers of the block in the parser. */
  read(fields: FieldParser, bytes: Uint8Array): Fault | undefined {
    this.contentLength = undefined;
    this.isChunked = false;
    const { lines } = fields;
    this.hasTransferEncoding = lines.transferEncodingCount > 0;
    if (lines.contentLengthCount > 1) return Faults.SecondContentLength;
    if (this.hasTransferEncoding) {
      this.isChunked = fields.valueAt(lines.transferEncodingLine, bytes).toLowerCase() === 'chunked';
    }
    if (lines.contentLengthLine >= 0) return this.#readLength(fields, bytes);
    return undefined;
  }

  get hasContentLength(): boolean {
    return this.contentLength !== undefined;
  }

  #readLength(fields: FieldParser, bytes: Uint8Array): Fault | undefined {
    const line = fields.lines.contentLengthLine;
    const plain = readContentLength(bytes, fields.valueStartAt(line), fields.valueEndAt(line));
    const length = plain >= 0 ? plain : parseContentLength(fields.valueAt(line, bytes));
    if (length === undefined && !this.isChunked) return Faults.BadContentLength;
    this.contentLength = length ?? 0;
    return undefined;
  }

  /** Whether both kinds of framing, or an unknown coding, are there (RFC 9112 sections 6.1 and 6.3). */
  check(fields: FieldParser, allowChunkedLength: boolean): Fault | undefined {
    if (!this.hasTransferEncoding) return undefined;
    if (this.hasContentLength && !(this.isChunked && allowChunkedLength)) return Faults.LengthAndEncoding;
    return this.isChunked && fields.lines.transferEncodingCount === 1 ? undefined : Faults.UnknownEncoding;
  }
}
