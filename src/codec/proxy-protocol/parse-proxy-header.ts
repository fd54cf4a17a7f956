import type { Buffer } from '../../../sdk/buffer.ts';
import { parseV1Line } from './parse-v1.ts';
import { parseV2 } from './parse-v2.ts';
import type { ProxyHeaderOptions, ProxyHeaderResult, ProxyVersion } from './proxy-header.ts';

const v1Signature = Uint8Array.from('PROXY ', (char) => char.charCodeAt(0));
const v2Signature = Uint8Array.from('\r\n\r\n\0\r\nQUIT\n', (char) => char.charCodeAt(0));
const v2HeaderBytes = 16;
/** Of a line of version 1, its end included (section 2.1). */
const maxV1Bytes = 108;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** Looks for a header at the front of what has come so far; nothing is drained. */
export function parseProxyHeader(data: Buffer, options: ProxyHeaderOptions): ProxyHeaderResult {
  if (options.optional && !canBecome('v1', data, options) && !canBecome('v2', data, options)) return { kind: 'none' };
  if (data.length >= v2HeaderBytes) {
    if (data.startsWith(v2Signature)) return allowed('v2', options) ?? parseV2(data);
    if (!data.startsWith(v1Signature)) return { kind: 'none' };
  }
  const end = endOfLine(data);
  if (end > maxV1Bytes) return { kind: 'malformed', version: 'v1', tlvs: [] };
  if (end === 0) return { kind: 'incomplete', length: 0 };
  return allowed('v1', options) ?? parseV1Line(data.linearize(end));
}

function allowed(version: ProxyVersion, { disallowedVersions }: ProxyHeaderOptions): ProxyHeaderResult | undefined {
  return disallowedVersions.has(version) ? { kind: 'disallowed', version } : undefined;
}

function canBecome(version: ProxyVersion, data: Buffer, { disallowedVersions }: ProxyHeaderOptions): boolean {
  if (disallowedVersions.has(version)) return false;
  const signature = version === 'v1' ? v1Signature : v2Signature;
  return data.startsWith(signature.subarray(0, Math.min(signature.length, data.length)));
}

/** Bytes up to and with the first CR LF; 0 = not there yet; above the limit when it cannot come in time. */
function endOfLine(data: Buffer): number {
  const limit = Math.min(data.length, maxV1Bytes + 1);
  for (let i = 1; i < limit; i++) {
    if (data.byteAt(i) !== lineFeed || data.byteAt(i - 1) !== carriageReturn) continue;
    // These two begin version 2 as well.
    return i === 1 ? 0 : i + 1;
  }
  return data.length > maxV1Bytes ? maxV1Bytes + 1 : 0;
}
