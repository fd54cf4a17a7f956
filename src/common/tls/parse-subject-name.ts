import type { SubjectAltNameMatcher } from '../../../api/generated/envoy/extensions/transport_sockets/tls/v3/common_pb.d.ts';
import type { StringMatcher } from '../../../api/generated/envoy/type/matcher/v3/string_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { GeneralNameKind } from '../../../sdk/network.ts';
import { parseStringMatcher } from '../matcher/string-matcher.ts';
import { DnsNameMatcher, KindMatcher, type SubjectNameMatcher } from './subject-names.ts';

/** By SanType; what is not said is refused by a rule of the proto. */
const kinds = ['DNS', 'EMAIL', 'DNS', 'URI', 'IP_ADDRESS', 'OTHER_NAME'] as const;

/** Of `match_typed_subject_alt_names` and kin; none after a fault was gathered. */
export function parseSubjectName(
  { sanType, matcher, oid }: SubjectAltNameMatcher,
  ctx: ConfigContext,
): SubjectNameMatcher[] {
  const kind = kinds[sanType] ?? 'DNS';
  // That there is one is a rule of the proto.
  if (matcher === undefined) return [];
  if (kind === 'OTHER_NAME' && !/^[0-2](?:\.\d+)+$/.test(oid)) {
    ctx.error(`Failed to create SAN matcher for OTHER_NAME with OID: ${oid}`);
    return [];
  }
  return [subjectNameMatcher(kind, oid, matcher, ctx.child('matcher'))];
}

/** An exact DNS name follows the rules of certificates; the others are compared as text. */
export function subjectNameMatcher(
  kind: GeneralNameKind,
  oid: string,
  config: StringMatcher,
  ctx: ConfigContext,
): SubjectNameMatcher {
  const { matchPattern: pattern, ignoreCase } = config;
  if (kind === 'DNS' && pattern.case === 'exact') return new DnsNameMatcher(pattern.value);
  const value = pattern.case === 'safeRegex' ? pattern.value.regex : String(pattern.value);
  const key = `${kind}:${oid}:${pattern.case}:${ignoreCase}:${value}`;
  return new KindMatcher(kind, oid, parseStringMatcher(config, ctx), key);
}
