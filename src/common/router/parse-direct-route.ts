import type {
  DirectResponseAction,
  RedirectAction,
} from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { readDataSource } from '../config/data-source.ts';
import { FollowedText } from '../followed/followed-text.ts';
import { bytesOf, toByteText } from '../formatter/byte-text.ts';
import { parseSubstitutionFormat } from '../formatter/substitution-format.ts';
import type { RouteIdentity } from './configured-route.ts';
import { DirectRoute, type ResponseBody } from './direct-route.ts';
import { formatContext, type HeaderFormat, parseHeaderFormat } from './header-format.ts';
import { parseRegexRewrite } from './parse-regex-rewrite.ts';
import type { PathMatcher } from './path-matcher.ts';
import { type PathRewrite, PrefixRewrite, RegexRewrite } from './path-rewrite.ts';
import type { RedirectTarget } from './redirect-uri.ts';
import type { VirtualHostLevel } from './route-level.ts';

/** A body, as it is now. */
interface BodyBytes {
  readonly value: Uint8Array;
}

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
    'pathRewrite',
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
    redirectPath: parseRedirectPath(action, ctx),
    pathRewrite: parseRedirectRewrite(action, ctx),
    body: undefined,
  });
}

function redirectScheme({ schemeRewriteSpecifier: scheme }: RedirectAction): string {
  if (scheme.case === 'schemeRedirect') return scheme.value;
  return scheme.case === 'httpsRedirect' && scheme.value ? 'https' : '';
}

function parseRedirectPath(
  { pathRewriteSpecifier: path }: RedirectAction,
  ctx: ConfigContext,
): HeaderFormat | undefined {
  if (path.case !== 'pathRewrite' || path.value === '') return undefined;
  return parseHeaderFormat(path.value, ctx.child('path_rewrite'));
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
): DirectRoute {
  ctx.requireSupported(action, ['status', 'body', 'bodyFormat']);
  const bytes = parseBody(action, route.virtualHost.routeConfig.maxDirectResponseBodySizeBytes, ctx);
  const body =
    action.bodyFormat === undefined
      ? bytes && plainBody(bytes)
      : parseBodyFormat(bytes ?? { value: new Uint8Array() }, action.bodyFormat, ctx);
  return new DirectRoute({
    ...route,
    responseCode: action.status,
    redirect: undefined,
    redirectPath: undefined,
    pathRewrite: undefined,
    body,
  });
}

function plainBody(body: BodyBytes): ResponseBody {
  return { contentType: undefined, bytes: () => body.value };
}

/** The body is `%LOCAL_REPLY_BODY%` of its format. */
function parseBodyFormat(
  body: BodyBytes,
  config: NonNullable<DirectResponseAction['bodyFormat']>,
  ctx: ConfigContext,
): ResponseBody {
  const { formatter, contentType, kind } = parseSubstitutionFormat(config, ctx.child('body_format'));
  return {
    // Text has no say over what headers to add have set.
    contentType: kind === 'text' && config.contentType === '' ? undefined : contentType,
    bytes: (requestHeaders, streamInfo) => {
      const context = { ...formatContext(requestHeaders, undefined), localReplyBody: toByteText(body.value) };
      return bytesOf(formatter.format(context, streamInfo));
    },
  };
}

/** Undefined when there is none, nor will there be. A maximum of 0 is none. */
function parseBody({ body }: DirectResponseAction, maxBytes: number, ctx: ConfigContext): BodyBytes | undefined {
  if (body === undefined) return undefined;
  const at = ctx.child('body');
  const check = ({ length }: Uint8Array) =>
    maxBytes > 0 && length > maxBytes ? `response body size is ${length} bytes; maximum is ${maxBytes}` : undefined;
  const bytes = readDataSource(body, at);
  const problem = check(bytes);
  if (problem !== undefined) at.error(problem);
  const { specifier, watchedDirectory } = body;
  if (specifier.case === 'filename' && watchedDirectory !== undefined && problem === undefined) {
    const source = { path: specifier.value, watchedDirectory: watchedDirectory.path, check };
    return new FollowedText(source, bytes, (now) => now, at);
  }
  return bytes.length === 0 ? undefined : { value: bytes };
}
