import { withProxy } from '../harness/running-proxy.ts';
import { type Load, plainLoad } from '../harness/wrk.ts';
import { plainHttp, type Shape } from '../peers/peer.ts';
import { measureLoad } from './requests.ts';
import type { BenchOptions, Figure, Scenario } from './scenario.ts';

const figures: readonly Figure[] = [
  { key: 'cpu', heading: 'CPU µs/request', better: 'less' },
  { key: 'load', heading: 'start to first answer s', better: 'less' },
  { key: 'rss', heading: 'RSS MiB', better: 'less' },
];

/** Large route tables: how long they take to load, and what a request to any entry costs. */
export const tableScenarios: readonly Scenario[] = [
  tables('hosts', '100,000 virtual hosts, a request to each', (size) => ({ ...plainHttp, hosts: size }), {
    header: 'Host:h{n}.test',
  }),
  // The last of a list of prefixes: Envoy looks at them in order, and so must we.
  tables('routes', '100,000 prefix routes, requests to the first 100', (size) => ({ ...plainHttp, routes: size }), {
    path: '/r{n}/',
  }),
];

function tables(name: string, title: string, shape: (size: number) => Shape, load: Partial<Load>): Scenario {
  return {
    name,
    title,
    figures,
    supports: (peer) => peer.supports(shape(1)),
    measure: (peer, program, options) =>
      withProxy(peer, program, shape(options.tableSize), options, async (proxy) => {
        const measured = await measureLoad(proxy, { ...plainLoad, ...load, count: count(name, options) }, options);
        return { ...measured, load: proxy.readyMs / 1000 };
      }),
  };
}

function count(name: string, { tableSize }: BenchOptions): number {
  return name === 'routes' ? Math.min(100, tableSize) : tableSize;
}
