import type { Buffer } from '../../../sdk/buffer.ts';
import { readLatin1 } from '../../common/buffer/bytes.ts';
import { isToken } from './chars.ts';
import { FirstLine, http11, isVersion } from './first-line.ts';
import { isTargetValid } from './request-target.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const lineEnd = Uint8Array.of(lineFeed);

/** `none`: this is no request. Versions other than 1.1 count as 1.0. */
export type RequestLineVersion = 'HTTP/1.1' | 'HTTP/1.0' | 'none' | 'incomplete';

/** Tells by the first line whether a stream begins with a request; drains nothing and looks at every byte once. */
export class RequestLineInspector {
  #methodEnded = false;
  /** Of these it is known that they hold no line feed. */
  #scanned = 0;

  /** @param stream all that has come so far, at least a byte, of which the first `limitBytes` count. */
  inspect(stream: Buffer, limitBytes: number): RequestLineVersion {
    const end = Math.min(stream.length, limitBytes);
    if (!this.#methodEnded && !this.#scanMethod(stream, end)) return 'none';
    const lineLength = stream.search(lineEnd, this.#scanned, end);
    this.#scanned = end;
    return lineLength < 0 ? 'incomplete' : versionOf(stream.linearize(lineLength));
  }

  /** False as soon as a byte is none of a method's. */
  #scanMethod(stream: Buffer, end: number): boolean {
    for (let at = this.#scanned; at < end; at++) {
      const byte = stream.byteAt(at);
      if (isSpace(byte)) {
        this.#methodEnded = true;
        return at > 0;
      }
      if (!isToken(String.fromCharCode(byte))) return false;
    }
    return true;
  }
}

/** As isspace() of C: TAB, LF, VT, FF, CR and the space. */
const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= carriageReturn);

function versionOf(bytes: Uint8Array): RequestLineVersion {
  const end = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
  const line = new FirstLine();
  line.read(bytes, 0, end);
  if (line.isPlain) return http11;
  if (!isTargetValid(line.second, line.first === 'CONNECT')) return 'none';
  if (line.third === '') return versionless(readLatin1(bytes, 0, end));
  if (!isVersion(line.third)) return 'none';
  return line.third === http11 ? http11 : 'HTTP/1.0';
}

/** Envoy looks at how the line ends, so a target may pass for a version. */
function versionless(line: string): RequestLineVersion {
  if (!/[!-~][ \t\r]*$/.test(line)) return 'none';
  return line.replace(/\r+$/, '').endsWith(http11) ? http11 : 'HTTP/1.0';
}
