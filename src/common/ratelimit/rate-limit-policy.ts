import type {
  RateLimit_HitsAddend as HitsAddendConfig,
  RateLimit as RateLimitConfig,
} from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { RateLimitInput, RateLimitPolicy, XRateLimitOption } from '../../../sdk/router.ts';
import { builtinCommands } from '../formatter/commands/builtin-commands.ts';
import { parseFormatParts } from '../formatter/format-parser.ts';
import { withFields } from '../proto/field-access.ts';
import { formatContext } from '../router/header-format.ts';
import { parseAction } from './descriptor-actions.ts';

/** By RateLimit.XRateLimitOption. */
const OPTIONS: readonly XRateLimitOption[] = ['UNSPECIFIED', 'OFF', 'DRAFT_VERSION_03'];
const MAX_HITS = 1_000_000_000;

/**
 * `rate_limits` of a filter. What Envoy reads there alone (`hits_addend`, `apply_on_stream_done`) is nothing on routes.
 */
export function parseRateLimits(configs: readonly RateLimitConfig[], ctx: ConfigContext): readonly RateLimitPolicy[] {
  return configs.map((config, i) => parseRateLimit(config, ctx.child('rate_limits', i)));
}

/** Of routes and virtual hosts. Their `limit` is for a rate limit service, whose filter is refused by name. */
export function parseRouteRateLimits(
  configs: readonly RateLimitConfig[],
  ctx: ConfigContext,
): readonly RateLimitPolicy[] {
  const plain = configs.map((config) => withFields(config, { hitsAddend: undefined, applyOnStreamDone: false }));
  return parseRateLimits(plain, ctx);
}

function parseRateLimit(config: RateLimitConfig, ctx: ConfigContext): RateLimitPolicy {
  const actions = config.actions.map((action, i) => parseAction(action, ctx.child('actions', i)));
  const hits = config.hitsAddend && parseHits(config.hitsAddend, ctx.child('hits_addend'));
  const xRateLimitOption = OPTIONS[config.xRatelimitOption] ?? 'UNSPECIFIED';
  return Object.freeze({
    stage: config.stage ?? 0,
    disableKey: config.disableKey,
    applyOnStreamDone: config.applyOnStreamDone,
    descriptor(request: RateLimitInput) {
      const entries: { readonly key: string; readonly value: string }[] = [];
      for (const action of actions) {
        const entry = action(request);
        if (entry === undefined) return undefined;
        if (entry !== 'skip') entries.push(entry);
      }
      const hitsAddend = hits?.(request);
      return hitsAddend === 'none' ? undefined : { entries, hitsAddend, xRateLimitOption };
    },
  });
}

/** `none` = what the format gives is no number of hits: there is no descriptor then. */
function parseHits(
  { number, format, isNegativeHits }: HitsAddendConfig,
  ctx: ConfigContext,
): ((request: RateLimitInput) => number | 'none') | undefined {
  if (isNegativeHits) ctx.child('is_negative_hits').error('is_negative_hits is not supported yet');
  if (number !== undefined && format !== '') ctx.error('hits_addend must contain either a format or a number');
  if (number !== undefined) return () => Number(number);
  if (format === '') return undefined;
  const parts = parseFormatParts(format, ctx.child('format'), builtinCommands);
  const [part] = parts;
  if (part === undefined || parts.length !== 1) {
    ctx.error('hits_addend format must contain exactly one substitution');
    return undefined;
  }
  return ({ headers, streamInfo }) => {
    const text = part.text(formatContext(headers, undefined), streamInfo)?.trim() ?? '';
    const hits = text === '' ? Number.NaN : Number(text);
    return hits >= 0 && hits <= MAX_HITS ? Math.floor(hits) : 'none';
  };
}
