import type { Address } from '../../../sdk/network.ts';
import type { UdpSocketHandler } from '../../../sdk/udp.ts';
import type { SocketOption } from '../../common/network/socket-option.ts';

export type { UdpSender, UdpSocket, UdpSocketHandler } from '../../../sdk/udp.ts';

export interface UdpConnectOptions {
  /** An IP address. */
  readonly address: Address;
  /** Local address; port 0 = any. */
  readonly sourceAddress?: Address;
  /** Those of the states before and after binding are set. */
  readonly socketOptions?: readonly SocketOption[];
}

/** Stands in before `start` and after the end. */
export const ignoringUdpHandler: UdpSocketHandler = {
  onDatagram(data) {
    data.drain(data.length);
  },
  onReceiveError() {},
};
