import type {
  DirectResponseAction,
  RedirectAction,
} from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { RouteIdentity } from './configured-route.ts';
import { DirectRoute, type ResponseBody } from './direct-route.ts';
import type { RouteParseContext } from './parse-context.ts';
import { parseRegexRewrite } from './parse-regex-rewrite.ts';
import type { PathMatcher } from './path-matcher.ts';
import { type PathRewrite, PrefixRewrite, RegexRewrite } from './path-rewrite.ts';
import type { RedirectTarget } from './redirect-uri.ts';
import type { VirtualHostLevel } from './route-level.ts';

/** By RedirectAction.RedirectResponseCode. */
const REDIRECT_CODES: readonly number[] = [301, 302, 303, 307, 308];

export function parseRedirectRoute(
  action: RedirectAction,
  route: { readonly identity: RouteIdentity; readonly virtualHost: VirtualHostLevel; readonly matcher: PathMatcher },
  ctx: ConfigContext,
): DirectRoute {
  ctx.requireSupported(action, [
    'httpsRedirect',
    'schemeRedirect',
    'hostRedirect',
    'portRedirect',
    'pathRedirect',
    'prefixRewrite',
    'regexRewrite',
    'responseCode',
    'stripQuery',
  ]);
  const { pathRewriteSpecifier: path } = action;
  const redirect: RedirectTarget = {
    scheme: redirectScheme(action),
    host: action.hostRedirect,
    port: action.portRedirect,
    path: path.case === 'pathRedirect' ? path.value : '',
    stripQuery: action.stripQuery,
  };
  return new DirectRoute({
    ...route,
    responseCode: REDIRECT_CODES[action.responseCode] ?? 301,
    redirect,
    pathRewrite: parseRedirectRewrite(action, ctx),
    body: undefined,
  });
}

function redirectScheme({ schemeRewriteSpecifier: scheme }: RedirectAction): string {
  if (scheme.case === 'schemeRedirect') return scheme.value;
  return scheme.case === 'httpsRedirect' && scheme.value ? 'https' : '';
}

function parseRedirectRewrite(
  { pathRewriteSpecifier: path }: RedirectAction,
  ctx: ConfigContext,
): PathRewrite | undefined {
  if (path.case === 'prefixRewrite') return path.value === '' ? undefined : new PrefixRewrite(path.value);
  if (path.case !== 'regexRewrite') return undefined;
  const substitution = parseRegexRewrite(path.value, ctx.child('regex_rewrite'));
  return substitution && new RegexRewrite(substitution);
}

export function parseDirectResponseRoute(
  action: DirectResponseAction,
  route: { readonly identity: RouteIdentity; readonly virtualHost: VirtualHostLevel; readonly matcher: PathMatcher },
  ctx: ConfigContext,
  parse: RouteParseContext,
): DirectRoute {
  ctx.requireSupported(action, ['status', 'body']);
  const text = parseBody(action, route.virtualHost.routeConfig.maxDirectResponseBodySizeBytes, ctx, parse);
  const body: ResponseBody | undefined = text === '' ? undefined : { contentType: undefined, text: () => text };
  return new DirectRoute({
    ...route,
    responseCode: action.status,
    redirect: undefined,
    pathRewrite: undefined,
    body,
  });
}

function parseBody(
  { body }: DirectResponseAction,
  maxBytes: number,
  ctx: ConfigContext,
  parse: RouteParseContext,
): string {
  if (body === undefined) return '';
  const at = ctx.child('body');
  at.requireSupported(body, ['filename', 'inlineBytes', 'inlineString', 'environmentVariable']);
  const text = readBody(body, at, parse) ?? '';
  const length = new TextEncoder().encode(text).length;
  if (length > maxBytes) at.error(`response body size is ${length} bytes; maximum is ${maxBytes}`);
  return text;
}

function readBody(
  { specifier }: NonNullable<DirectResponseAction['body']>,
  ctx: ConfigContext,
  { readDataSource }: RouteParseContext,
): string | undefined {
  switch (specifier.case) {
    case 'inlineString':
      return specifier.value;
    case 'inlineBytes':
      return new TextDecoder().decode(specifier.value);
    case 'filename':
      return readDataSource({ kind: 'file', name: specifier.value }, ctx.child('filename'));
    case 'environmentVariable':
      return readDataSource({ kind: 'environment', name: specifier.value }, ctx.child('environment_variable'));
    default:
      return undefined;
  }
}
