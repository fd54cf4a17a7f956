/** The objects that a configuration may make of text, by Envoy's well-known names of filter state. */
import type { Address } from '../../../sdk/network.ts';
import type { FilterStateObject, StructValue } from '../../../sdk/stream-info.ts';
import { xxHash64 } from '../hash/xxhash64.ts';
import { IpAddress, parseIpAndPort } from '../network/address.ts';

/** Undefined when the text says nothing that could be one. */
export type FilterStateFactory = (text: string) => FilterStateObject | undefined;

class TextState implements FilterStateObject {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  serializeAsString(): string {
    return this.#text;
  }
}

/** Of those that have a form as protobuf, a string or (64 bits wide) written as one. */
class TypedText extends TextState {
  serializeAsValue(): StructValue {
    return this.serializeAsString();
  }
}

class NumberState extends TextState {
  serializeAsValue(): StructValue {
    return Number(this.serializeAsString());
  }
}

/** Of `envoy.bool`. */
export class BoolState extends TextState {
  readonly value: boolean;

  constructor(value: boolean) {
    super(String(value));
    this.value = value;
  }

  serializeAsValue(): StructValue {
    return this.value;
  }
}

class HashableText extends TypedText {
  hash(): bigint {
    return xxHash64(this.serializeAsString());
  }
}

/** Of `envoy.network.application_protocols`, which Envoy does not print. */
export class ProtocolsState implements FilterStateObject {
  readonly protocols: readonly string[];

  constructor(value: string) {
    this.protocols = value.split(',');
  }

  serializeAsString(): undefined {
    return undefined;
  }
}

class AddressState extends TextState {
  readonly address: Address;

  constructor(address: Address, text: string) {
    super(text);
    this.address = address;
  }
}

const text: FilterStateFactory = (value) => new TextState(value);
const typedText: FilterStateFactory = (value) => new TypedText(value);
const hashable: FilterStateFactory = (value) => new HashableText(value);
const isWhole = (value: string) => /^\d{1,20}$/.test(value);
const wholeNumber: FilterStateFactory = (value) => (isWhole(value) ? new NumberState(value) : undefined);
const wideNumber: FilterStateFactory = (value) => (isWhole(value) ? new TypedText(value) : undefined);
/** What Abseil takes for a boolean. */
const bool: FilterStateFactory = (value) => {
  if (/^(true|t|yes|y|1)$/i.test(value)) return new BoolState(true);
  return /^(false|f|no|n|0)$/i.test(value) ? new BoolState(false) : undefined;
};

function ip(value: string): FilterStateObject | undefined {
  const address = IpAddress.parse(value, 0);
  return address && new AddressState(address, address.asString);
}

function ipAndPort(value: string): FilterStateObject | undefined {
  const address = parseIpAndPort(value);
  return address && new AddressState(address, address.asString);
}

export const filterStateFactories: ReadonlyMap<string, FilterStateFactory> = new Map([
  ['envoy.string', typedText],
  ['envoy.hashable_string', hashable],
  ['envoy.bool', bool],
  ['envoy.network.ip', ip],
  ['envoy.network.network_namespace', text],
  ['envoy.network.upstream_server_name', text],
  ['envoy.network.application_protocols', (value) => new ProtocolsState(value)],
  ['envoy.network.upstream_subject_alt_names', text],
  ['envoy.tcp_proxy.cluster', text],
  ['envoy.tcp_proxy.per_connection_idle_timeout_ms', wideNumber],
  ['envoy.tcp_proxy.disable_tunneling', bool],
  ['envoy.network.transport_socket.original_dst_address', ipAndPort],
  ['envoy.filters.listener.original_dst.local_ip', ipAndPort],
  ['envoy.filters.listener.original_dst.remote_ip', ipAndPort],
  ['envoy.ratelimit.hits_addend', wholeNumber],
  ['envoy.upstream.dynamic_host', typedText],
  ['envoy.upstream.dynamic_port', wholeNumber],
]);
