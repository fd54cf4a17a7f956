import type { LogContext } from '../../../../sdk/extension.ts';
import type { Address } from '../../../../sdk/network.ts';
import type { StreamInfo } from '../../../../sdk/stream-info.ts';
import { CidrRange } from '../../network/cidr.ts';
import { toByteText } from '../byte-text.ts';
import { bare, type Command, withParams } from '../command-syntax.ts';
import { BytesProvider, type FormatProvider, NumberProvider, TextProvider } from '../provider.ts';

type AddressOf = (info: StreamInfo) => Address | undefined;

/** All forms of an address: whole, without its port and perhaps masked, the port, the id of an internal one. */
function addressCommands(
  prefix: string,
  portPrefix: string,
  addressOf: AddressOf,
  endpointId: 'with endpoint id' | 'without endpoint id',
): (readonly [string, Command])[] {
  const commands: (readonly [string, Command])[] = [
    [prefix, bare(new TextProvider((_context, info) => addressOf(info)?.asString))],
    [`${prefix}_WITHOUT_PORT`, withoutPort(addressOf)],
    [`${portPrefix}_PORT`, bare(new PortProvider(addressOf))],
  ];
  if (endpointId === 'without endpoint id') return commands;
  // There are no internal addresses yet, and no other has an id.
  const id = new BytesProvider((_context, info) => (addressOf(info) === undefined ? undefined : ''));
  return [...commands, [`${prefix}_ENDPOINT_ID`, bare(id)]];
}

/** `%…_WITHOUT_PORT(bits)%`: bits beyond the address's width are cut to it, what is no number masks nothing, less than none leaves nothing. */
function withoutPort(addressOf: AddressOf): Command {
  return withParams('optional params', 'without length', ({ params }) => {
    const bits = /^\d{1,9}$/.test(params) ? Number(params) : undefined;
    const negative = /^-\d{1,9}$/.test(params) && Number(params) < 0;
    return new BytesProvider((_context, info) => {
      const address = addressOf(info);
      if (address === undefined || address.kind !== 'ip') return address && toByteText(address.asString);
      if (negative) return '';
      return bits === undefined ? address.ip : CidrRange.of(address.ip, bits)?.asString;
    });
  });
}

/** Of an address without one the text is empty. */
class PortProvider implements FormatProvider {
  readonly #addressOf: AddressOf;
  readonly #number: NumberProvider;

  constructor(addressOf: AddressOf) {
    this.#addressOf = addressOf;
    this.#number = new NumberProvider((_context, info) => {
      const address = addressOf(info);
      return address?.kind === 'ip' ? address.port : undefined;
    });
  }

  text(context: LogContext, info: StreamInfo): string | undefined {
    return this.#addressOf(info) === undefined ? undefined : (this.#number.text(context, info) ?? '');
  }

  json(context: LogContext, info: StreamInfo): string | undefined {
    return this.#number.json(context, info);
  }
}

const withId = 'with endpoint id';
const withoutId = 'without endpoint id';

export const allAddressCommands: readonly (readonly [string, Command])[] = [
  ...addressCommands(
    'DOWNSTREAM_LOCAL_ADDRESS',
    'DOWNSTREAM_LOCAL',
    (i) => i.downstreamConnection.localAddress,
    withId,
  ),
  ...addressCommands(
    'DOWNSTREAM_DIRECT_LOCAL_ADDRESS',
    'DOWNSTREAM_DIRECT_LOCAL',
    (info) => info.downstreamConnection.directLocalAddress,
    withId,
  ),
  ...addressCommands(
    'DOWNSTREAM_REMOTE_ADDRESS',
    'DOWNSTREAM_REMOTE',
    (info) => info.downstreamConnection.remoteAddress,
    withoutId,
  ),
  ...addressCommands(
    'DOWNSTREAM_DIRECT_REMOTE_ADDRESS',
    'DOWNSTREAM_DIRECT_REMOTE',
    (info) => info.downstreamConnection.directRemoteAddress,
    withoutId,
  ),
  ...addressCommands(
    'UPSTREAM_LOCAL_ADDRESS',
    'UPSTREAM_LOCAL',
    (info) => info.upstream?.connectionInfo?.localAddress,
    withoutId,
  ),
  ...addressCommands(
    'UPSTREAM_REMOTE_ADDRESS',
    'UPSTREAM_REMOTE',
    (info) => info.upstream?.connectionInfo?.remoteAddress,
    withId,
  ),
];
