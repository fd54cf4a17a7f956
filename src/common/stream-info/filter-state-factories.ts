/** The objects that a configuration may make of text, by Envoy's well-known names of filter state. */
import type { Address } from '../../../sdk/network.ts';
import type { FilterState, FilterStateObject, StructValue } from '../../../sdk/stream-info.ts';
import { xxHash64 } from '../hash/xxhash64.ts';
import { IpAddress, parseIpAndPort } from '../network/address.ts';

/** Undefined when the text says nothing that could be one. */
export type FilterStateFactory = (text: string) => FilterStateObject | undefined;

class TextState implements FilterStateObject {
  readonly kind: string;
  readonly #text: string;

  constructor(kind: string, text: string) {
    this.kind = kind;
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

const BOOL = 'envoy.bool';

/** Of `envoy.bool`, by whatever name. */
export class BoolState extends TextState {
  readonly value: boolean;

  constructor(value: boolean) {
    super(BOOL, String(value));
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

  constructor(kind: string, address: Address, text: string) {
    super(kind, text);
    this.address = address;
  }
}

type Maker = (text: string, kind: string) => FilterStateObject | undefined;

const text: Maker = (value, kind) => new TextState(kind, value);
const typedText: Maker = (value, kind) => new TypedText(kind, value);
const hashable: Maker = (value, kind) => new HashableText(kind, value);
const protocols: Maker = (value) => new ProtocolsState(value);
const isWhole = (value: string) => /^\d{1,20}$/.test(value);
const wholeNumber: Maker = (value, kind) => (isWhole(value) ? new NumberState(kind, value) : undefined);
const wideNumber: Maker = (value, kind) => (isWhole(value) ? new TypedText(kind, value) : undefined);
/** What Abseil takes for a boolean. */
const bool: Maker = (value) => {
  if (/^(true|t|yes|y|1)$/i.test(value)) return new BoolState(true);
  return /^(false|f|no|n|0)$/i.test(value) ? new BoolState(false) : undefined;
};

const ip: Maker = (value, kind) => {
  const address = IpAddress.parse(value, 0);
  return address && new AddressState(kind, address, address.asString);
};

const ipAndPort: Maker = (value, kind) => {
  const address = parseIpAndPort(value);
  return address && new AddressState(kind, address, address.asString);
};

const makers: readonly (readonly [name: string, make: Maker])[] = [
  ['envoy.string', typedText],
  ['envoy.hashable_string', hashable],
  [BOOL, bool],
  ['envoy.network.ip', ip],
  ['envoy.network.network_namespace', text],
  ['envoy.network.upstream_server_name', text],
  ['envoy.network.application_protocols', protocols],
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
];

export const filterStateFactories: ReadonlyMap<string, FilterStateFactory> = new Map(
  makers.map(([name, make]) => [name, (value: string) => make(value, name)]),
);

/** The text of an object under a well-known name; of one that another factory made there is none. */
export function wellKnownText(filterState: FilterState, name: string): string | undefined {
  const object = filterState.get(name);
  return object === undefined || (object.kind ?? name) !== name ? undefined : object.serializeAsString?.();
}

export function isTrue(filterState: FilterState, name: string): boolean {
  const object = filterState.get(name);
  return object !== undefined && (object.kind ?? BOOL) === BOOL && object.serializeAsString?.() === 'true';
}
