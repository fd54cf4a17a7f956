import type { SubstitutionFormatString } from '../../../../../api/generated/envoy/config/core/v3/substitution_format_string_pb.ts';
import type {
  LocalReplyConfig as LocalReplyProto,
  ResponseMapper as MapperProto,
} from '../../../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { LogContext, ServerFactoryContext } from '../../../../../sdk/extension.ts';
import type { RequestHeaderMap, ResponseHeaderMap } from '../../../../../sdk/headers.ts';
import type { StreamInfo } from '../../../../../sdk/stream-info.ts';
import {
  type AccessLogFilter,
  type AccessLogFilterFactory,
  parseAccessLogFilter,
} from '../../../../common/access-log/access-log-filter.ts';
import { readDataSource } from '../../../../common/config/data-source.ts';
import { toByteText } from '../../../../common/formatter/byte-text.ts';
import { parseSubstitutionFormat, type SubstitutionFormat } from '../../../../common/formatter/substitution-format.ts';
import { type HeaderMutations, parseHeaderMutations } from '../../../../common/router/header-mutations.ts';
import type { LocalReplyDraft, LocalReplyRewriter } from '../../../../worker/http/local-reply.ts';

interface Mapper {
  readonly filter: AccessLogFilterFactory;
  readonly statusCode: number | undefined;
  /** Undefined = the reply's own. */
  readonly body: string | undefined;
  readonly headersToAdd: HeaderMutations | undefined;
  /** Instead of `body_format`. */
  readonly bodyFormat: SubstitutionFormat | undefined;
}

export interface LocalReplyConfig {
  readonly mappers: readonly Mapper[];
  readonly bodyFormat: SubstitutionFormat | undefined;
}

/** `local_reply_config`; undefined when it changes nothing. */
export function parseLocalReplyConfig(
  config: LocalReplyProto | undefined,
  ctx: ConfigContext,
): LocalReplyConfig | undefined {
  if (config === undefined) return undefined;
  ctx.requireSupported(config, ['mappers', 'bodyFormat']);
  return {
    mappers: config.mappers.flatMap((mapper, i) => parseMapper(mapper, ctx.child('mappers', i))),
    bodyFormat: parseBodyFormat(config.bodyFormat, ctx.child('body_format')),
  };
}

function parseBodyFormat(
  config: SubstitutionFormatString | undefined,
  ctx: ConfigContext,
): SubstitutionFormat | undefined {
  return config === undefined ? undefined : parseSubstitutionFormat(config, ctx);
}

function parseMapper(mapper: MapperProto, ctx: ConfigContext): Mapper[] {
  ctx.requireSupported(mapper, ['filter', 'statusCode', 'body', 'headersToAdd', 'bodyFormatOverride']);
  if (mapper.filter === undefined) return [];
  return [
    {
      filter: parseAccessLogFilter(mapper.filter, ctx.child('filter')),
      statusCode: mapper.statusCode,
      body: parseBody(mapper, ctx.child('body')),
      headersToAdd: parseHeaderMutations(mapper.headersToAdd, [], ctx, 'response'),
      bodyFormat: parseBodyFormat(mapper.bodyFormatOverride, ctx.child('body_format_override')),
    },
  ];
}

function parseBody({ body }: MapperProto, ctx: ConfigContext): string | undefined {
  if (body === undefined) return undefined;
  return toByteText(readDataSource(body, ctx));
}

export function createLocalReply(
  config: LocalReplyConfig | undefined,
  context: ServerFactoryContext,
): LocalReplyRewriter | undefined {
  return config === undefined ? undefined : new ConfiguredLocalReplies(config, context);
}

/** The first mapper whose filter matches decides (Envoy's LocalReplyImpl). */
class ConfiguredLocalReplies implements LocalReplyRewriter {
  readonly #mappers: readonly (readonly [AccessLogFilter, Mapper])[];
  readonly #bodyFormat: SubstitutionFormat | undefined;

  constructor({ mappers, bodyFormat }: LocalReplyConfig, context: ServerFactoryContext) {
    this.#mappers = mappers.map((mapper) => [mapper.filter(context), mapper]);
    this.#bodyFormat = bodyFormat;
  }

  rewrite(
    draft: LocalReplyDraft,
    requestHeaders: RequestHeaderMap,
    responseHeaders: ResponseHeaderMap,
    streamInfo: StreamInfo,
  ): void {
    const log: LogContext = {
      requestHeaders,
      responseHeaders,
      responseTrailers: undefined,
      localReplyBody: draft.body,
      accessLogType: 'NotSet',
    };
    const mapper = this.#mappers.find(([filter]) => filter.evaluate(log, streamInfo))?.[1];
    if (mapper !== undefined) applyMapper(mapper, draft, { requestHeaders, responseHeaders, streamInfo });
    const format = mapper?.bodyFormat ?? this.#bodyFormat;
    if (format === undefined) return;
    draft.body = format.formatter.format({ ...log, localReplyBody: draft.body }, streamInfo);
    draft.contentType = format.contentType;
  }
}

interface Reply {
  readonly requestHeaders: RequestHeaderMap;
  readonly responseHeaders: ResponseHeaderMap;
  readonly streamInfo: StreamInfo;
}

function applyMapper(mapper: Mapper, draft: LocalReplyDraft, reply: Reply): void {
  const { requestHeaders, responseHeaders, streamInfo } = reply;
  if (mapper.body !== undefined) draft.body = mapper.body;
  mapper.headersToAdd?.applyToResponse(responseHeaders, requestHeaders, streamInfo);
  if (mapper.statusCode === undefined) return;
  draft.status = mapper.statusCode;
  responseHeaders.status = mapper.statusCode;
  streamInfo.responseCode = mapper.statusCode;
}
