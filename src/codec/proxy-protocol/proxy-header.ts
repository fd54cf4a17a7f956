/** The PROXY protocol's header, versions 1 and 2 (https://www.haproxy.org/download/2.1/doc/proxy-protocol.txt). */
import type { Address, ProxyProtocolTlv } from '../../../sdk/network.ts';

export type ProxyVersion = 'v1' | 'v2';

export interface ProxyHeader {
  readonly version: ProxyVersion;
  /** Bytes that it takes in front of the payload. */
  readonly length: number;
  /** Undefined when the connection is the proxy's own (LOCAL) or of an UNKNOWN kind: the real addresses count. */
  readonly addresses: { readonly source: Address; readonly destination: Address } | undefined;
  readonly tlvs: readonly ProxyProtocolTlv[];
}

export type ProxyHeaderResult =
  | { readonly kind: 'header'; readonly header: ProxyHeader }
  /** More bytes are needed; `length` of the whole header when it is known, else 0. */
  | { readonly kind: 'incomplete'; readonly length: number }
  /** What came is no PROXY header. */
  | { readonly kind: 'none' }
  /** A header of a version that is not to be accepted. */
  | { readonly kind: 'disallowed'; readonly version: ProxyVersion }
  /** `tlvs`: those before what is wrong. */
  | { readonly kind: 'malformed'; readonly version: ProxyVersion; readonly tlvs: readonly ProxyProtocolTlv[] };

export interface ProxyHeaderOptions {
  readonly disallowedVersions: ReadonlySet<ProxyVersion>;
  /** Streams without a header pass: what cannot become an allowed header any more is 'none' at once. */
  readonly optional: boolean;
}
