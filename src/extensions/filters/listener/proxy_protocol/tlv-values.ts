import type { ProxyProtocolTlv } from '../../../../../sdk/network.ts';
import type { FilterStateObject, StreamInfo, StructValue } from '../../../../../sdk/stream-info.ts';
import type { ProxyProtocolConfig, TlvRule } from './config.ts';

/** Envoy's names of the filter states. */
const tlvStateKey = 'envoy.network.proxy_protocol.tlv';

/** Keeps the TLVs that rules ask for: in dynamic metadata the first of a key, in the filter state the last. */
export function storeTlvs(
  tlvs: readonly ProxyProtocolTlv[],
  config: ProxyProtocolConfig,
  streamInfo: StreamInfo,
): void {
  const values = new Map<string, string>();
  const metadata = new Map<string, Record<string, string>>();
  for (const { type, value } of tlvs) {
    const rule = config.rules.get(type);
    if (rule === undefined) continue;
    const text = textOf(value, rule);
    if (config.tlvLocation === 'filter state') values.set(rule.key, text);
    else metadata.set(rule.namespace, { [rule.key]: text, ...metadata.get(rule.namespace) });
  }
  for (const [namespace, texts] of metadata) streamInfo.setDynamicMetadata(namespace, texts);
  if (values.size === 0) return;
  streamInfo.filterState.set(tlvStateKey, new TlvState(values), false, 'Connection');
}

/** Bytes that are not UTF-8 become '!' each, as Envoy does for messages. */
function textOf(value: Uint8Array, { encoding }: TlvRule): string {
  if (encoding === 'base64') return btoa(String.fromCharCode(...value));
  return sanitizeUtf8(value);
}

function sanitizeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).replaceAll('\ufffd', '!');
  }
}

class TlvState implements FilterStateObject {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  serializeAsString(): string {
    return JSON.stringify(this.serializeAsValue());
  }

  serializeAsValue(): StructValue {
    return Object.fromEntries(this.#values);
  }

  getField(name: string): string | undefined {
    return this.#values.get(name);
  }
}
