import type { TlsFault } from '../../common/tls/tls-fault.ts';
import { ByteCursor, numbersOf } from './byte-cursor.ts';
import type { ClientHello } from './client-hello.ts';
import { HelloFaults } from './hello-faults.ts';

/** The greeting of SSL 2, in which old clients offer TLS as well (RFC 5246 appendix E.2). */
export const v2HeaderBytes = 2;
const maxV2Bytes = 4096;
const minV2Bytes = 3;

export function isV2Hello(head: Uint8Array): boolean {
  return ((head[0] as number) & 0x80) !== 0 && head[2] === 1 && head[3] === 3;
}

/** Length of the message behind its two bytes of header, or what is wrong with it. */
export function v2Length(head: Uint8Array): number | TlsFault {
  const length = ((head[0] as number) & 0x7f) * 256 + (head[1] as number);
  if (length > maxV2Bytes) return HelloFaults.RecordTooLarge;
  return length < minV2Bytes ? HelloFaults.RecordLengthMismatch : length;
}

/** As the ClientHello that it stands for: suites of SSL 2 are left out, there are no extensions. */
export function parseV2Hello(message: Uint8Array): ClientHello | TlsFault {
  const cursor = new ByteCursor(message);
  cursor.u8();
  const version = cursor.u16();
  const suiteBytes = cursor.u16();
  const sessionIdBytes = cursor.u16();
  const challengeBytes = cursor.u16();
  const suites = cursor.take(suiteBytes);
  const rest = suites && cursor.take(sessionIdBytes) && cursor.take(challengeBytes);
  if (suites === undefined || rest === undefined || cursor.left !== 0 || suites.length % 3 !== 0) {
    return HelloFaults.DecodeError;
  }
  const cipherSuites = numbersOf(tlsSuites(suites));
  if (cipherSuites.length === 0) return HelloFaults.ClientHelloParseFailed;
  return { version, cipherSuites, extensions: [], serverName: '' };
}

function tlsSuites(suites: Uint8Array): Uint8Array {
  const bytes: number[] = [];
  for (let i = 0; i < suites.length; i += 3) {
    if (suites[i] === 0) bytes.push(suites[i + 1] as number, suites[i + 2] as number);
  }
  return Uint8Array.from(bytes);
}
