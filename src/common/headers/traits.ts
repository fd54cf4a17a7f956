/** What is special about a header: a map knows the traits of all that were ever put in, so that most look-ups are saved. */
import { nameTable } from './name-table.ts';
import { HeaderNames as H } from './names.ts';

export const Trait = {
  connection: 1,
  upgrade: 2,
  /** Only we may set it: x-envoy-internal. */
  internal: 4,
  te: 8,
  referer: 16,
  forwardedFor: 32,
  forwardedProto: 64,
  forwardedPort: 128,
  /** x-envoy-… that only internal requests may carry, with `expectedTimeout`. */
  internalOnly: 256,
  /** Those that requests at the edge may not carry either. */
  edgeOnly: 512,
  clientCert: 1024,
  /** Keep-Alive, Proxy-Connection, Transfer-Encoding. */
  hopByHop: 2048,
  contentType: 4096,
  contentLength: 8192,
  expect: 16_384,
  date: 32_768,
  server: 65_536,
  /** Any x-envoy-… that we know. */
  envoy: 131_072,
  forceTrace: 262_144,
  proxyConnection: 524_288,
  requestId: 1_048_576,
  /** Of the internal ones the one that we set ourselves on every request. */
  expectedTimeout: 2_097_152,
  scheme: 4_194_304,
} as const;

/** What a map of another make must be taken to hold. */
export const allTraits = 0x3fff_ffff;

const traitsByName: readonly (readonly [string, number])[] = [
  [H.Connection, Trait.connection],
  [H.Upgrade, Trait.upgrade],
  [H.EnvoyInternalRequest, Trait.internal],
  [H.KeepAlive, Trait.hopByHop],
  [H.ProxyConnection, Trait.hopByHop | Trait.proxyConnection],
  [H.TransferEncoding, Trait.hopByHop],
  [H.TE, Trait.te],
  [H.Referer, Trait.referer],
  [H.ForwardedFor, Trait.forwardedFor],
  [H.ForwardedProto, Trait.forwardedProto],
  [H.ForwardedPort, Trait.forwardedPort],
  [H.ForwardedClientCert, Trait.clientCert],
  [H.ContentType, Trait.contentType],
  [H.ContentLength, Trait.contentLength],
  [H.Expect, Trait.expect],
  [H.Date, Trait.date],
  [H.Server, Trait.server],
  [H.RequestId, Trait.requestId],
  [H.Scheme, Trait.scheme],
  [H.EnvoyDecoratorOperation, Trait.edgeOnly],
  [H.EnvoyDownstreamServiceCluster, Trait.edgeOnly],
  [H.EnvoyDownstreamServiceNode, Trait.edgeOnly],
  [H.EnvoyOriginalPath, Trait.edgeOnly],
  [H.EnvoyOriginalHost, Trait.edgeOnly],
  [H.EnvoyRetriableStatusCodes, Trait.internalOnly],
  [H.EnvoyRetriableHeaderNames, Trait.internalOnly],
  [H.EnvoyRetryOn, Trait.internalOnly],
  [H.EnvoyRetryGrpcOn, Trait.internalOnly],
  [H.EnvoyMaxRetries, Trait.internalOnly],
  [H.EnvoyUpstreamAltStatName, Trait.internalOnly],
  [H.EnvoyUpstreamRequestTimeoutMs, Trait.internalOnly],
  [H.EnvoyUpstreamRequestPerTryTimeoutMs, Trait.internalOnly],
  [H.EnvoyUpstreamRequestTimeoutAltResponse, Trait.internalOnly],
  [H.EnvoyExpectedRequestTimeoutMs, Trait.expectedTimeout],
  [H.EnvoyForceTrace, Trait.internalOnly | Trait.forceTrace],
  [H.EnvoyIpTags, Trait.internalOnly],
  [H.EnvoyOriginalUrl, Trait.internalOnly],
  [H.EnvoyHedgeOnPerTryTimeout, Trait.internalOnly],
  [H.EnvoyUpstreamStreamDurationMs, Trait.internalOnly],
];

const traitsById: Int32Array = makeTraits();

function makeTraits(): Int32Array {
  const traits = new Int32Array(nameTable.size);
  for (const [name, bits] of traitsByName) traits[nameTable.idOf(name)] = bits;
  for (let id = 0; id < traits.length; id++) {
    if (nameTable.name(id).startsWith('x-envoy-')) (traits[id] as number) |= Trait.envoy;
  }
  return traits;
}

/** @param id of a known name, or -1 */
export function traitsOfId(id: number): number {
  return id < 0 ? 0 : (traitsById[id] as number);
}
