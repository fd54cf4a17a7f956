import type { FilterStateInput } from '../../../../api/generated/envoy/extensions/matching/common_inputs/network/v3/network_inputs_pb.d.ts';
import type {
  HttpInputExtension,
  MatchInput,
  NetworkInputExtension,
  NetworkMatchingData,
} from '../../../../sdk/matching.ts';
import type { Address, ConnectionInfo } from '../../../../sdk/network.ts';
import type { FilterStateObject } from '../../../../sdk/stream-info.ts';
import { isSameIpOrLoopback } from '../../../common/listener/source-type.ts';

/** Reads something of the downstream connection. */
class ConnectionInput implements MatchInput<NetworkMatchingData> {
  readonly #read: (info: ConnectionInfo) => string | undefined;
  constructor(read: (info: ConnectionInfo) => string | undefined) {
    this.#read = read;
  }
  get({ streamInfo }: NetworkMatchingData): string | undefined {
    return this.#read(streamInfo.downstreamConnection);
  }
}

const ipOf = ({ kind, ip }: Address): string | undefined => (kind === 'ip' ? ip : undefined);
const portOf = ({ kind, port }: Address): string | undefined => (kind === 'ip' ? String(port) : undefined);
const unlessEmpty = (text: string): string | undefined => (text === '' ? undefined : text);

/** Several values are joined by commas. */
const joined = (names: readonly string[] | undefined): string | undefined => unlessEmpty(names?.join(',') ?? '');

type Readers = Readonly<Record<string, readonly [type: string, read: (info: ConnectionInfo) => string | undefined]>>;

/** By the last part of Envoy's name: of connections and of requests. */
const everywhere: Readers = {
  destination_ip: ['network.v3.DestinationIPInput', ({ localAddress }) => ipOf(localAddress)],
  destination_port: ['network.v3.DestinationPortInput', ({ localAddress }) => portOf(localAddress)],
  source_ip: ['network.v3.SourceIPInput', ({ remoteAddress }) => ipOf(remoteAddress)],
  source_port: ['network.v3.SourcePortInput', ({ remoteAddress }) => portOf(remoteAddress)],
  direct_source_ip: ['network.v3.DirectSourceIPInput', ({ directRemoteAddress }) => ipOf(directRemoteAddress)],
  source_type: ['network.v3.SourceTypeInput', (info) => (isSameIpOrLoopback(info) ? 'local' : undefined)],
  server_name: ['network.v3.ServerNameInput', ({ requestedServerName }) => unlessEmpty(requestedServerName)],
  // Addresses with a network namespace are refused: no connection comes from one.
  network_namespace: ['network.v3.NetworkNamespaceInput', () => undefined],
  uri_san: ['ssl.v3.UriSanInput', ({ ssl }) => joined(ssl?.peer?.uriSans)],
  dns_san: ['ssl.v3.DnsSanInput', ({ ssl }) => joined(ssl?.peer?.dnsSans)],
  subject: ['ssl.v3.SubjectInput', ({ ssl }) => unlessEmpty(ssl?.peer?.subject ?? '')],
};

/** What is known of an accepted socket only. */
const connectionsOnly: Readers = {
  transport_protocol: [
    'network.v3.TransportProtocolInput',
    ({ detectedTransportProtocol }) => unlessEmpty(detectedTransportProtocol),
  ],
  application_protocol: [
    'network.v3.ApplicationProtocolInput',
    ({ requestedApplicationProtocols: protocols }) =>
      protocols.length === 0 ? undefined : protocols.map((protocol) => `'${protocol}'`).join(','),
  ],
};

type InputExtension = Omit<NetworkInputExtension, 'category'>;

function inputsOf(readers: Readers): InputExtension[] {
  return Object.entries(readers).map(([name, [type, read]]) => {
    const input = new ConnectionInput(read);
    return {
      name: `envoy.matching.inputs.${name}`,
      configTypes: [`envoy.extensions.matching.common_inputs.${type}`],
      parseConfig: () => undefined,
      createInput: () => input,
    };
  });
}

/** An object of the filter state as text, or one of its fields. */
class FilterStateReader implements MatchInput<NetworkMatchingData> {
  readonly #key: string;
  readonly #field: string;

  constructor({ key, field }: Pick<FilterStateInput, 'key' | 'field'>) {
    this.#key = key;
    this.#field = field;
  }

  get({ streamInfo }: NetworkMatchingData): string | undefined {
    const object = streamInfo.filterState.get(this.#key);
    if (object === undefined) return undefined;
    return this.#field === '' ? object.serializeAsString?.() : this.#fieldOf(object);
  }

  #fieldOf(object: FilterStateObject): string | undefined {
    const value = object.getField?.(this.#field);
    return value === undefined ? undefined : String(value);
  }
}

const filterState: InputExtension = {
  name: 'envoy.matching.inputs.filter_state',
  configTypes: ['envoy.extensions.matching.common_inputs.network.v3.FilterStateInput'],
  parseConfig: (message) => message,
  createInput: (config) => new FilterStateReader(config as FilterStateInput),
};

export const networkInputs: readonly NetworkInputExtension[] = [
  ...inputsOf(everywhere),
  ...inputsOf(connectionsOnly),
  filterState,
].map((input) => ({ category: 'envoy.matching.network.input', ...input }));

/** The same of the connection that a request came on. */
export const httpConnectionInputs: readonly HttpInputExtension[] = [...inputsOf(everywhere), filterState].map(
  (input) => ({ category: 'envoy.matching.http.input', ...input }),
);
