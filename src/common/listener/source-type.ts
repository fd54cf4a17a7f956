import type { ConnectionInfo } from '../../../sdk/network.ts';

/** Whether the peer is this host: the same address on both ends, a loopback address, or a Unix socket. */
export function isSameIpOrLoopback({ localAddress, remoteAddress }: ConnectionInfo): boolean {
  if (remoteAddress.kind !== 'ip') return true;
  const { ip } = remoteAddress;
  return ip === localAddress.ip || ip.startsWith('127.') || ip === '::1' || ip.startsWith('::ffff:127.');
}
