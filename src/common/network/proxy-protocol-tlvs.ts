import type { TlvEntry } from '../../../api/generated/envoy/config/core/v3/proxy_protocol_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { ProxyProtocolTlv } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { noLogContext } from '../access-log/log-context.ts';
import type { Formatter } from '../formatter/formatter.ts';
import { parseSubstitutionFormat } from '../formatter/substitution-format.ts';

interface FormattedTlv {
  readonly type: number;
  readonly formatter: Formatter;
}

/** TLVs of a configuration: fixed ones, and behind them those that are formatted for each connection. */
export class ConfiguredTlvs {
  readonly #fixed: readonly ProxyProtocolTlv[];
  readonly #formatted: readonly FormattedTlv[];

  constructor(fixed: readonly ProxyProtocolTlv[], formatted: readonly FormattedTlv[]) {
    this.#fixed = fixed;
    this.#formatted = formatted;
  }

  of(streamInfo: StreamInfo): readonly ProxyProtocolTlv[] {
    if (this.#formatted.length === 0) return this.#fixed;
    const formatted = this.#formatted.map(({ type, formatter }) => ({
      type,
      value: bytesOf(formatter.format(noLogContext, streamInfo)),
    }));
    return [...this.#fixed, ...formatted.filter(({ value }) => value.length > 0)];
  }
}

/** Checks entries under `field`; faults are gathered in `ctx`. */
export function parseTlvs(entries: readonly TlvEntry[], ctx: ConfigContext, field: string): ConfiguredTlvs {
  const fixed: ProxyProtocolTlv[] = [];
  const formatted: FormattedTlv[] = [];
  for (const [i, { type, value, formatString }] of entries.entries()) {
    const at = ctx.child(field, i);
    if (value.length > 0 === (formatString !== undefined)) {
      const which = formatString === undefined ? 'one' : 'only one';
      const verb = formatString === undefined ? 'must' : 'may';
      at.error(`Invalid TLV configuration: ${which} of 'value' or 'format_string' ${verb} be set.`);
    } else if (formatString === undefined) fixed.push({ type, value });
    else
      formatted.push({ type, formatter: parseSubstitutionFormat(formatString, at.child('format_string')).formatter });
  }
  return new ConfiguredTlvs(fixed, formatted);
}

/** Formatters give byte strings. */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
