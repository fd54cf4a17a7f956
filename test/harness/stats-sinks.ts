/** Sinks of statistics in tests: what they send, and statistics for them. */
import type { SinkStat, StatsSink, StatsSinkContext } from '../../sdk/stats-sink.ts';
import type { UdpSocket } from '../../sdk/udp.ts';
import { IpAddress } from '../../src/common/network/address.ts';

/** A socket that keeps datagrams; the first `refusals` attempts to have one fail. */
export function datagramCatcher(refusals = 0) {
  const datagrams: string[] = [];
  const log: string[] = [];
  let left = refusals;
  const context: StatsSinkContext = {
    connectUdp(address) {
      log.push(`connect ${address.asString}`);
      if (left-- > 0) return { code: 'ENETUNREACH', errno: 101, message: 'Network is unreachable' };
      return {
        localAddress: new IpAddress('127.0.0.1', 1),
        remoteAddress: address,
        start: () => {},
        send(data) {
          datagrams.push(data.toString('utf8'));
          data.drain(data.length);
        },
        readDisable: () => {},
        close: () => log.push('close'),
      } satisfies UdpSocket;
    },
  };
  return { context, datagrams, log };
}

export function sinkStat(name: string, tags: Readonly<Record<string, string>> = {}): SinkStat {
  const pairs = Object.entries(tags).map(([tag, value]) => ({ name: tag, value }));
  return { name: `whole.${name}`, extractedName: name, tags: pairs };
}

/** Writes down what it hears. */
export function listeningSink(): { readonly sink: StatsSink; readonly heard: string[] } {
  const heard: string[] = [];
  const sink: StatsSink = {
    counter: ({ name }, delta) => heard.push(`${name} +${delta}`),
    gauge: ({ name }, value) => heard.push(`${name} =${value}`),
    endFlush: () => heard.push('end'),
    sample: ({ name, tags }, unit, value) =>
      heard.push(`${name}${tags.map((tag) => ` ${tag.name}=${tag.value}`).join('')} ${value} ${unit}`),
    [Symbol.dispose]: () => heard.push('disposed'),
  };
  return { sink, heard };
}
