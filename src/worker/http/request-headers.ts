/** What a request's headers become before a route is chosen (Envoy's ConnectionManagerUtility::mutateRequestHeaders). */
import type { LocalInfo } from '../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { LocalReply, OriginalIpDetection, RequestIdGenerator } from '../../../sdk/http.ts';
import type { Address, Connection, ConnectionInfo } from '../../../sdk/network.ts';
import { getKnown, removeTraits, setKnown, traitsOf } from '../../common/headers/header-entries.ts';
import { nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames as H } from '../../common/headers/names.ts';
import { Trait } from '../../common/headers/traits.ts';
import { appendXff, lastAddressFromXff } from '../../common/http/xff.ts';
import { IpAddress } from '../../common/network/address.ts';
import { type ForwardClientCertRules, mutateForwardedClientCert } from './forward-client-cert.ts';
import type { InternalAddressCheck } from './internal-address.ts';
import { isUpgrade } from './upgrade.ts';

const envoyExternalAddressId = nameTable.idOf(H.EnvoyExternalAddress);
const envoyInternalRequestId = nameTable.idOf(H.EnvoyInternalRequest);
const forwardedProtoId = nameTable.idOf(H.ForwardedProto);
const schemeId = nameTable.idOf(H.Scheme);

export interface RequestHeaderOptions {
  readonly useRemoteAddress: boolean;
  readonly xffNumTrustedHops: number;
  readonly skipXffAppend: boolean;
  readonly appendXForwardedPort: boolean;
  /** What scheme_header_transformation sets; '' = nothing. */
  readonly schemeToSet: string;
  /** x-forwarded-proto by the port that a load balancer before us was asked at; undefined = by our own connection. */
  readonly protoByPort: ReadonlyMap<number, 'http' | 'https'> | undefined;
  readonly originalIpDetection: readonly OriginalIpDetection[];
  readonly isInternal: InternalAddressCheck;
  readonly addUserAgent: boolean;
  readonly via: string;
  readonly generateRequestId: boolean;
  readonly preserveExternalRequestId: boolean;
  readonly forwardClientCert: ForwardClientCertRules;
  readonly requestId: RequestIdGenerator;
  readonly localInfo: LocalInfo;
}

/** What is known of where a request comes from. */
export interface Origin {
  /** The client, as far as we trust what says so; undefined = our peer. */
  readonly address: Address | undefined;
  /** Whether the address may make the request an internal one. */
  readonly trusted: boolean;
  /** An original IP detection extension refuses the request. */
  readonly reject: LocalReply | undefined;
}

export function mutateRequestHeaders(
  headers: RequestHeaderMap,
  connection: Connection,
  options: RequestHeaderOptions,
  internalOnlyHeaders: readonly string[],
): Origin {
  const found = traitsOf(headers);
  removeHopByHop(headers, found);
  const origin = findOrigin(headers, found, connection, options);
  if (origin.reject !== undefined) return origin;
  setSchemeAndPort(headers, found, connection, options);
  const internal = origin.trusted && origin.address !== undefined && options.isInternal(origin.address);
  const edge = !internal && options.useRemoteAddress;
  if (internal) setKnown(headers, envoyInternalRequestId, 'true');
  else cleanInternalHeaders(headers, found, edge, internalOnlyHeaders);
  if (options.addUserAgent) addUserAgent(headers, options);
  if (options.via !== '') headers.append(H.Via, options.via, ', ');
  if (edge) setExternalAddress(headers, origin.address ?? connection.info.remoteAddress);
  if (options.generateRequestId) options.requestId.set(headers, edge, options.preserveExternalRequestId);
  mutateForwardedClientCert(headers, (found & Trait.clientCert) !== 0, connection, options.forwardClientCert);
  return origin;
}

function setExternalAddress(headers: RequestHeaderMap, address: Address): void {
  if (address.kind === 'ip') setKnown(headers, envoyExternalAddressId, address.ip);
}

/** Hop-by-hop headers and such that only we may set. */
const unwanted = Trait.internal | Trait.hopByHop;

function removeHopByHop(headers: RequestHeaderMap, found: number): void {
  const asked = found & (Trait.connection | Trait.upgrade | Trait.te);
  // Of an upgrade these three go on as they came.
  if (asked !== 0 && !isUpgrade(headers)) {
    headers.remove(H.Connection);
    headers.remove(H.Upgrade);
    if ((asked & Trait.te) !== 0) sanitizeTe(headers);
  }
  if ((found & unwanted) !== 0) removeTraits(headers, unwanted);
  if ((found & Trait.referer) !== 0 && !isGoodReferer(headers.getAll(H.Referer))) headers.remove(H.Referer);
}

/** Only trailers, spelled so, may stay (Envoy's `sanitize_te`). */
function sanitizeTe(headers: RequestHeaderMap): void {
  const te = headers.get(H.TE) ?? '';
  if (te === '') return;
  if (te.split(',').some((coding) => coding.trim() === 'trailers')) headers.set(H.TE, 'trailers');
  else headers.remove(H.TE);
}

/** One absolute URL without fragment or user, or a relative reference (Envoy's Utility::isValidRefererValue). */
function isGoodReferer(values: readonly string[]): boolean {
  const value = values[0] ?? '';
  if (values.length !== 1) return false;
  const url = ABSOLUTE_URL.exec(value);
  if (url !== null) return Number(url[1] ?? 0) <= 65_535;
  return RELATIVE_REFERENCE.test(value);
}

const ABSOLUTE_URL = /^[a-z][a-z0-9+.-]*:\/\/(?:\[[0-9a-f:.]+\]|[^\s/?#@:[\]]+)(?::(\d{1,5}))?(?:[/?][^\s#]*)?$/i;
/** No colon before the first slash, which would make it a scheme. */
const RELATIVE_REFERENCE = /^[\w!$&'()*+,;=@%.~?-]*(?:\/[\w!$&'()*+,;=@%.~?:/-]*)?$/;

function findOrigin(
  headers: RequestHeaderMap,
  found: number,
  connection: Connection,
  options: RequestHeaderOptions,
): Origin {
  if (options.useRemoteAddress) return originByConnection(headers, found, connection, options);
  const { remoteAddress } = connection.info;
  const detections = options.originalIpDetection;
  for (let i = 0; i < detections.length; i++) {
    const result = (detections[i] as OriginalIpDetection).detect(headers, remoteAddress);
    if (result.reject !== undefined) return { address: undefined, trusted: false, reject: result.reject };
    // At once: the next detection sees it.
    if (result.appendXff === true) appendPeer(headers, remoteAddress, options);
    if (result.address !== undefined) return result;
  }
  return NO_ORIGIN;
}

const NO_ORIGIN: Origin = { address: undefined, trusted: false, reject: undefined };

/** use_remote_address: we are at the edge, or behind a known number of proxies that we trust. */
function originByConnection(
  headers: RequestHeaderMap,
  found: number,
  { info }: Connection,
  options: RequestHeaderOptions,
): Origin {
  const trusted = (found & Trait.forwardedFor) === 0 || !headers.has(H.ForwardedFor);
  const hops = options.xffNumTrustedHops;
  const address = hops > 0 ? lastAddressFromXff(headers, hops - 1).address : undefined;
  if (!options.skipXffAppend) appendPeer(headers, info.remoteAddress, options);
  return { address: address ?? info.remoteAddress, trusted, reject: undefined };
}

function appendPeer(headers: RequestHeaderMap, peer: Address, { localInfo }: RequestHeaderOptions): void {
  const isLoopback = peer instanceof IpAddress && peer.isLoopback;
  appendXff(headers, isLoopback ? localInfo.address : peer.ip);
}

function setSchemeAndPort(
  headers: RequestHeaderMap,
  found: number,
  { info }: Connection,
  options: RequestHeaderOptions,
): void {
  const ownScheme = info.ssl === undefined ? 'http' : 'https';
  const distrusted = options.useRemoteAddress && options.xffNumTrustedHops === 0;
  const hasProto = !distrusted && (found & Trait.forwardedProto) !== 0;
  const proto = hasProto ? getKnown(headers, forwardedProtoId) : undefined;
  const forwardedProto = proto ?? protoByPort(info, options) ?? ownScheme;
  if (proto === undefined) setKnown(headers, forwardedProtoId, forwardedProto);
  if (options.appendXForwardedPort && (distrusted || !headers.has(H.ForwardedPort))) {
    if (info.localAddress.kind === 'ip') headers.set(H.ForwardedPort, String(info.localAddress.port));
  }
  if (options.schemeToSet !== '') {
    headers.scheme = options.schemeToSet;
    headers.set(H.ForwardedProto, options.schemeToSet);
  }
  const mayHaveScheme = options.schemeToSet !== '' || (found & Trait.scheme) !== 0;
  if (!mayHaveScheme || headers.scheme === '') setKnown(headers, schemeId, schemeOf(forwardedProto, ownScheme));
}

function protoByPort(info: ConnectionInfo, { protoByPort: protos }: RequestHeaderOptions): string | undefined {
  if (protos === undefined || !info.localAddressRestored || info.localAddress.kind !== 'ip') return undefined;
  return protos.get(info.localAddress.port ?? 0);
}

function schemeOf(forwardedProto: string, fallback: string): string {
  if (forwardedProto === 'http' || forwardedProto === 'https') return forwardedProto;
  const proto = forwardedProto.toLowerCase();
  return proto === 'http' || proto === 'https' ? proto : fallback;
}

const internalOnly = Trait.internalOnly | Trait.expectedTimeout;

function cleanInternalHeaders(
  headers: RequestHeaderMap,
  found: number,
  edge: boolean,
  internalOnlyHeaders: readonly string[],
): void {
  const refused = edge ? Trait.edgeOnly | internalOnly : internalOnly;
  if ((found & refused) !== 0) removeTraits(headers, refused);
  for (let i = 0; i < internalOnlyHeaders.length; i++) headers.remove(internalOnlyHeaders[i] as string);
}

/** Our service cluster's name, which may be empty. */
function addUserAgent(headers: RequestHeaderMap, { localInfo }: RequestHeaderOptions): void {
  headers.set(H.EnvoyDownstreamServiceCluster, localInfo.clusterName);
  if ((headers.get(H.UserAgent) ?? '') === '') headers.set(H.UserAgent, localInfo.clusterName);
  if (localInfo.nodeId !== '') headers.set(H.EnvoyDownstreamServiceNode, localInfo.nodeId);
}
