import type { UuidRequestIdConfig } from '../../../../api/generated/envoy/extensions/request_id/uuid/v3/uuid_pb.ts';
import type { Random } from '../../../../sdk/event.ts';
import type { RequestIdExtension } from '../../../../sdk/extension.ts';
import type { RequestHeaderMap, ResponseHeaderMap } from '../../../../sdk/headers.ts';
import type { RequestIdGenerator, RequestIdTracing } from '../../../../sdk/http.ts';
import type { TraceReason } from '../../../../sdk/stream-info.ts';
import { setKnown, traitsOf } from '../../../common/headers/header-entries.ts';
import { nameTable } from '../../../common/headers/name-table.ts';
import { HeaderNames } from '../../../common/headers/names.ts';
import { Trait } from '../../../common/headers/traits.ts';

const requestIdId = nameTable.idOf(HeaderNames.RequestId);

export interface UuidConfig {
  /** The reason for tracing goes into the id. */
  readonly packTraceReason: boolean;
  readonly useRequestIdForTraceSampling: boolean;
}

/** The digit of a version 4 UUID that says why a request is traced; '4' as generated: not traced. */
const TRACE_DIGIT = 14;
const NOT_TRACED = '4';
const UUID_LENGTH = 36;

/** `x-request-id` as a random UUID (envoy.extensions.request_id.uuid.v3). */
export class UuidRequestIds implements RequestIdGenerator {
  readonly tracing: RequestIdTracing | undefined;
  readonly #config: UuidConfig;
  readonly #random: Random;

  constructor(config: UuidConfig, random: Random) {
    this.#config = config;
    this.#random = random;
    this.tracing = config.useRequestIdForTraceSampling ? new UuidTracing(config.packTraceReason) : undefined;
  }

  set(headers: RequestHeaderMap, edge: boolean, keepExternalId: boolean): void {
    const known = (traitsOf(headers) & Trait.requestId) !== 0;
    const present = known ? headers.get(HeaderNames.RequestId) : undefined;
    if (present === undefined || present === '' || (edge && !keepExternalId)) {
      setKnown(headers, requestIdId, this.#random.uuid());
    } else if (edge && this.#config.packTraceReason && present.length === UUID_LENGTH) {
      // Whether we trace is not for the client to say.
      const untraced = present.slice(0, TRACE_DIGIT) + NOT_TRACED + present.slice(TRACE_DIGIT + 1);
      if (untraced !== present) headers.set(HeaderNames.RequestId, untraced);
    }
  }

  setInResponse(response: ResponseHeaderMap, request: RequestHeaderMap): void {
    const id = request.get(HeaderNames.RequestId);
    if (id !== undefined) response.set(HeaderNames.RequestId, id);
  }

  get(headers: RequestHeaderMap): string | undefined {
    return headers.get(HeaderNames.RequestId);
  }
}

/** The digit by the reason. */
const DIGITS = { NotTraceable: NOT_TRACED, Sampling: '9', ServiceForced: 'a', ClientForced: 'b' } as const;
const REASONS: ReadonlyMap<string, TraceReason> = new Map(
  Object.entries(DIGITS).map(([reason, digit]) => [digit, reason as TraceReason]),
);
const DRAWN_DIGITS = /^[\da-f]{8}/i;

/** Draws by the id's first digits; the reason stands in its digit if it may. */
class UuidTracing implements RequestIdTracing {
  readonly #packs: boolean;

  constructor(packs: boolean) {
    this.#packs = packs;
  }

  toInteger(headers: RequestHeaderMap): number | undefined {
    const [digits] = DRAWN_DIGITS.exec(headers.get(HeaderNames.RequestId) ?? '') ?? [];
    return digits === undefined ? undefined : Number.parseInt(digits, 16);
  }

  reason(headers: RequestHeaderMap): TraceReason {
    const id = headers.get(HeaderNames.RequestId);
    if (!this.#packs || id === undefined || id.length !== UUID_LENGTH) return 'NotTraceable';
    return REASONS.get(id.charAt(TRACE_DIGIT)) ?? 'NotTraceable';
  }

  setReason(headers: RequestHeaderMap, reason: TraceReason): void {
    const id = headers.get(HeaderNames.RequestId);
    if (!this.#packs || id === undefined || id.length !== UUID_LENGTH) return;
    headers.set(HeaderNames.RequestId, id.slice(0, TRACE_DIGIT) + DIGITS[reason] + id.slice(TRACE_DIGIT + 1));
  }
}

export const uuidRequestId: RequestIdExtension<UuidConfig> = {
  category: 'envoy.request_id',
  name: 'envoy.request_id.uuid',
  configTypes: ['envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig'],

  parseConfig(message) {
    const config = message as UuidRequestIdConfig;
    return Object.freeze({
      packTraceReason: config.packTraceReason ?? true,
      useRequestIdForTraceSampling: config.useRequestIdForTraceSampling ?? true,
    });
  },

  createRequestIdGenerator: (config, context) => new UuidRequestIds(config, context.random),
};
