import type {
  RouteAction_HashPolicy,
  RouteAction_HashPolicy_Cookie,
  RouteAction_HashPolicy_Header,
} from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { HashInput, HashPolicy } from '../../../sdk/router.ts';
import { xxHash64, xxHash64All } from '../hash/xxhash64.ts';
import { parseQuery } from '../matcher/query-parameter-matcher.ts';
import { durationMs } from '../upstream/proto-values.ts';
import { parseRegexRewrite } from './parse-regex-rewrite.ts';
import { cookieValue } from './route-conditions.ts';

/** Hashes one thing of a request; undefined when the request does not have it. */
type HashMethod = (input: HashInput) => bigint | undefined;

interface Method {
  readonly hash: HashMethod;
  /** Nothing after it counts once there is a hash. */
  readonly terminal: boolean;
}

class ConfiguredHashPolicy implements HashPolicy {
  readonly #methods: readonly Method[];

  constructor(methods: readonly Method[]) {
    this.#methods = methods;
  }

  generateHash(input: HashInput): bigint | undefined {
    let hash: bigint | undefined;
    for (const method of this.#methods) {
      const next = method.hash(input);
      // Turning what there is by a bit keeps two equal rules from cancelling each other out.
      if (next !== undefined) hash = (hash === undefined ? 0n : rotateLeft(hash)) ^ next;
      if (method.terminal && hash !== undefined) break;
    }
    return hash;
  }
}

function rotateLeft(hash: bigint): bigint {
  return BigInt.asUintN(64, hash << 1n) | (hash >> 63n);
}

/** `hash_policy` of a route; undefined when there is none. */
export function parseHashPolicy(
  configs: readonly RouteAction_HashPolicy[],
  ctx: ConfigContext,
): HashPolicy | undefined {
  if (configs.length === 0) return undefined;
  const methods = configs.map((config, i) => ({
    hash: parseMethod(config, ctx.child('hash_policy', i)),
    terminal: config.terminal,
  }));
  return new ConfiguredHashPolicy(methods);
}

function parseMethod({ policySpecifier: specifier }: RouteAction_HashPolicy, ctx: ConfigContext): HashMethod {
  switch (specifier.case) {
    case 'header':
      return headerMethod(specifier.value, ctx.child('header'));
    case 'cookie':
      return cookieMethod(specifier.value);
    case 'connectionProperties':
      return specifier.value.sourceIp ? sourceIp : nothing;
    case 'queryParameter': {
      const { name } = specifier.value;
      return ({ headers }) => hashOf(parseQuery(headers.path).find(([known]) => known === name)?.[1]);
    }
    case 'filterState': {
      const { key } = specifier.value;
      return ({ streamInfo }) => streamInfo.filterState.get(key)?.hash?.();
    }
    default:
      return nothing;
  }
}

const nothing: HashMethod = () => undefined;

const sourceIp: HashMethod = ({ streamInfo }) => {
  const { ip } = streamInfo.downstreamConnection.remoteAddress;
  return ip === '' ? undefined : xxHash64(ip);
};

function hashOf(value: string | undefined): bigint | undefined {
  return value === undefined ? undefined : xxHash64(value);
}

/** All values in whatever order. */
function headerMethod(config: RouteAction_HashPolicy_Header, ctx: ConfigContext): HashMethod {
  const name = config.headerName.toLowerCase();
  const rewrite = config.regexRewrite && parseRegexRewrite(config.regexRewrite, ctx.child('regex_rewrite'));
  return ({ headers }) => {
    const values = headers.getAll(name);
    if (values.length === 0) return undefined;
    const rewritten = rewrite === undefined ? [...values] : values.map((value) => rewrite.replaceAll(value));
    return xxHash64All(rewritten.sort());
  };
}

/** With a time to live, a client without the cookie gets one, the same for all requests of its connection. */
function cookieMethod(config: RouteAction_HashPolicy_Cookie): HashMethod {
  const { name, path, attributes } = config;
  const ttlMs = durationMs(config.ttl);
  const tail = attributes.map((attribute) =>
    attribute.value === '' ? `; ${attribute.name}` : `; ${attribute.name}=${attribute.value}`,
  );
  return (input) => {
    const value = cookieValue(input.headers, name) ?? '';
    if (value !== '') return xxHash64(value);
    if (ttlMs === undefined || input.addSetCookie === undefined) return undefined;
    const { remoteAddress, localAddress } = input.streamInfo.downstreamConnection;
    const made = xxHash64(remoteAddress.asString + localAddress.asString)
      .toString(16)
      .padStart(16, '0');
    const maxAge = ttlMs >= 1000 ? `; Max-Age=${Math.floor(ttlMs / 1000)}` : '';
    const where = path === '' ? '' : `; Path=${path}`;
    input.addSetCookie(`${name}="${made}"${maxAge}${where}${tail.join('')}; HttpOnly`);
    return xxHash64(made);
  };
}
