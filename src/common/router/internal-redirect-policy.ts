import type {
  InternalRedirectPolicy as InternalRedirectPolicyConfig,
  RouteAction,
} from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { resolveExtension } from '../../../sdk/extension.ts';
import type {
  InternalRedirectPolicy,
  InternalRedirectPredicate,
  InternalRedirectPredicateExtension,
} from '../../../sdk/router.ts';

const REDIRECT_CODES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const HANDLE_INTERNAL_REDIRECT = 1;

/** Of the policy, or of the deprecated `internal_redirect_action`; undefined = redirects are the client's matter. */
export function parseInternalRedirectPolicy(
  action: RouteAction,
  ctx: ConfigContext,
): InternalRedirectPolicy | undefined {
  const { internalRedirectPolicy: policy } = action;
  if (policy !== undefined) return parsePolicy(policy, ctx.child('internal_redirect_policy'));
  if (action.internalRedirectAction !== HANDLE_INTERNAL_REDIRECT) return undefined;
  return Object.freeze({
    maxInternalRedirects: action.maxInternalRedirects ?? 1,
    redirectResponseCodes: new Set([302]),
    allowCrossSchemeRedirect: false,
    responseHeadersToCopy: [],
    predicates: [],
  });
}

function parsePolicy(config: InternalRedirectPolicyConfig, ctx: ConfigContext): InternalRedirectPolicy {
  const codes = config.redirectResponseCodes.filter((code) => REDIRECT_CODES.has(code));
  for (const [i, name] of config.responseHeadersToCopy.entries()) {
    if (name.startsWith(':') || name.toLowerCase() === 'host') {
      ctx.child('response_headers_to_copy', i).error(':-prefixed headers or Hosts may not be specified here.');
    }
  }
  return Object.freeze({
    maxInternalRedirects: config.maxInternalRedirects ?? 1,
    redirectResponseCodes: new Set(config.redirectResponseCodes.length === 0 ? [302] : codes),
    allowCrossSchemeRedirect: config.allowCrossSchemeRedirect,
    responseHeadersToCopy: config.responseHeadersToCopy.map((name) => name.toLowerCase()),
    predicates: parsePredicates(config, ctx),
  });
}

function parsePredicates(
  config: InternalRedirectPolicyConfig,
  ctx: ConfigContext,
): readonly InternalRedirectPredicate[] {
  const predicates: InternalRedirectPredicate[] = [];
  for (const [i, named] of config.predicates.entries()) {
    const resolved = resolveExtension<InternalRedirectPredicateExtension>(
      ctx.child('predicates', i),
      'envoy.internal_redirect_predicates',
      { name: named.name, typedConfig: named.typedConfig },
    );
    if (resolved !== undefined) predicates.push(resolved.extension.createPredicate(resolved.config));
  }
  return predicates;
}
