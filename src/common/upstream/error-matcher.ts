import type { MatchPredicate } from '../../../api/generated/envoy/config/common/matcher/v3/matcher_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { ResponseHeaderMap } from '../../../sdk/headers.ts';
import { matchesAll, parseHeaderMatchers } from '../matcher/header-matcher.ts';

/** Judges an answer by its head. */
export type ErrorMatcher = (headers: ResponseHeaderMap) => boolean;

/** As in Envoy, what is about requests, trailers or bodies never matches: the head of the answer is all that is looked at. */
const NEVER: ErrorMatcher = () => false;

/** `outlier_detection.error_matcher` of a cluster's HttpProtocolOptions: which answers count as failures of the host. */
export function parseErrorMatcher({ rule }: MatchPredicate, ctx: ConfigContext): ErrorMatcher {
  switch (rule.case) {
    case 'orMatch': {
      const rules = parseRules(rule.value.rules, ctx.child('or_match'));
      return (headers) => rules.some((matches) => matches(headers));
    }
    case 'andMatch': {
      const rules = parseRules(rule.value.rules, ctx.child('and_match'));
      return (headers) => rules.every((matches) => matches(headers));
    }
    case 'notMatch': {
      const matches = parseErrorMatcher(rule.value, ctx.child('not_match'));
      return (headers) => !matches(headers);
    }
    case 'anyMatch':
      return () => true;
    case 'httpResponseHeadersMatch': {
      const matchers = parseHeaderMatchers(rule.value.headers, ctx.child('http_response_headers_match'));
      return (headers) => matchesAll(matchers, headers);
    }
    case 'httpRequestHeadersMatch':
    case 'httpRequestTrailersMatch':
    case 'httpResponseTrailersMatch':
      parseHeaderMatchers(rule.value.headers, ctx.child(FIELDS[rule.case]));
      return NEVER;
    default:
      return NEVER;
  }
}

const FIELDS = {
  httpRequestHeadersMatch: 'http_request_headers_match',
  httpRequestTrailersMatch: 'http_request_trailers_match',
  httpResponseTrailersMatch: 'http_response_trailers_match',
} as const;

function parseRules(rules: readonly MatchPredicate[], ctx: ConfigContext): readonly ErrorMatcher[] {
  return rules.map((rule, i) => parseErrorMatcher(rule, ctx.child('rules', i)));
}
