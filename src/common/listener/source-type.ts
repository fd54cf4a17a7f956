import type { ConnectionInfo } from '../../../sdk/network.ts';

/** Whether the peer is this host, to Envoy: the same address on both ends, 127.0.0.1 or ::1 and no other of 127.0.0.0/8, a Unix socket. */
export function isSameIpOrLoopback({ localAddress, remoteAddress }: ConnectionInfo): boolean {
  if (remoteAddress.kind !== 'ip') return true;
  const { ip } = remoteAddress;
  return ip === localAddress.ip || ip === '127.0.0.1' || ip === '::1';
}
