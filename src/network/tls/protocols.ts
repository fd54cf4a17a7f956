import { ConfigError } from '../../../sdk/config.ts';

const longestName = 255;
const longestList = 65_535;

/** A name with a comma is several, as in Envoy, which joins them before it splits them. */
export function splitProtocols(names: readonly string[]): readonly string[] {
  const text = names.join(',');
  return text === '' ? [] : text.split(',');
}

/** ALPN names as on the wire, each after its length. Throws ConfigError in Envoy's words. */
export function encodeProtocols(names: readonly string[]): Uint8Array {
  const text = names.join(',');
  const parts = splitProtocols(names);
  if (parts.length === 0) return new Uint8Array(0);
  if (text.length >= longestList || parts.some((name) => name.length > longestName))
    throw new ConfigError('Invalid ALPN protocol string');
  return new TextEncoder().encode(parts.map((name) => String.fromCharCode(name.length) + name).join(''));
}

/** Where the name that `ours` prefers most begins among those offered by the client; -1 when it has none of them. */
export function selectProtocol(ours: readonly string[], offered: Uint8Array): number {
  const starts = new Map<string, number>();
  for (let at = 0; at < offered.length; at += 1 + (offered[at] as number)) {
    const length = offered[at] as number;
    starts.set(String.fromCharCode(...offered.subarray(at + 1, at + 1 + length)), at + 1);
  }
  for (const name of ours) {
    const start = starts.get(name);
    if (start !== undefined) return start;
  }
  return -1;
}
