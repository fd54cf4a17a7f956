import { IpAddress } from '../../common/network/address.ts';
import type { DnsStats } from './dns-stats.ts';
import type { HostsFile } from './hosts-file.ts';
import { BAD_NAME, isEmptyAnswer, noRecords, type RecordsAnswer, resultOf } from './records.ts';
import type { DnsLookupFamily, DnsResult } from './resolver.ts';
import { candidateNames, type SearchDomains } from './search-domains.ts';

export type IpVersion = 4 | 6;

/** Asks DNS servers for the A or AAAA records of a complete name. */
export type QueryRecords = (name: string, version: IpVersion, callback: (answer: RecordsAnswer) => void) => void;

/** Where names are looked up. */
export interface NameSources {
  readonly hosts: HostsFile;
  readonly search: SearchDomains;
  readonly query: QueryRecords;
  /** Told of each question: one family, or both at once. */
  readonly stats?: DnsStats;
  /** Told of all answers to one lookup. */
  onAnswers?(answers: readonly RecordsAnswer[]): void;
  /** For `filter_unroutable_families`: versions without an interface are not asked for. */
  isRoutable(version: IpVersion): boolean;
}

const first: Readonly<Record<DnsLookupFamily, readonly IpVersion[]>> = {
  AUTO: [6],
  V4_PREFERRED: [4],
  V4_ONLY: [4],
  V6_ONLY: [6],
  ALL: [4, 6],
};
/** Asked for when the first has brought nothing. */
const fallback: Readonly<Partial<Record<DnsLookupFamily, IpVersion>>> = { AUTO: 4, V4_PREFERRED: 6 };

/** Looks a name up as Envoy does by c-ares: literal addresses, the hosts file, localhost, then the servers. */
export function lookupName(
  sources: NameSources,
  name: string,
  family: DnsLookupFamily,
  callback: (result: DnsResult) => void,
): void {
  const second = fallback[family];
  const finish = (answers: readonly RecordsAnswer[]): void => {
    sources.onAnswers?.(answers);
    callback(resultOf(answers));
  };
  ask(sources, name, first[family], (answers) => {
    if (second === undefined || answers.some(({ records }) => records.length > 0)) finish(answers);
    else ask(sources, name, [second], (others) => finish([...answers, ...others]));
  });
}

/** One question for some versions at once. */
function ask(
  sources: NameSources,
  name: string,
  versions: readonly IpVersion[],
  callback: (answers: readonly RecordsAnswer[]) => void,
): void {
  const answers: RecordsAnswer[] = [];
  sources.stats?.onStart();
  for (const version of versions) {
    lookupVersion(sources, name, version, (answer) => {
      answers.push(answer);
      if (answers.length < versions.length) return;
      sources.stats?.onEnd(answers);
      callback(answers);
    });
  }
}

function lookupVersion(
  sources: NameSources,
  name: string,
  version: IpVersion,
  callback: (answer: RecordsAnswer) => void,
): void {
  if (!sources.isRoutable(version)) {
    callback({ records: [] });
    return;
  }
  const literal = IpAddress.parse(name, 0);
  if (literal !== undefined) {
    callback(answerOf(literal, version));
    return;
  }
  const local = localAddresses(sources.hosts, name, version);
  if (local === undefined) {
    queryCandidates(sources.query, candidateNames(name, sources.search), version, callback);
    return;
  }
  const records = local
    .filter((address) => address.ipVersion === version)
    .map((address) => ({ address, ttlSeconds: 0 }));
  callback(records.length > 0 ? { records } : noRecords);
}

/** As c-ares has it, an IPv4 literal answers whatever is asked for, and an IPv6 literal is no name of IPv4. */
function answerOf(literal: IpAddress, version: IpVersion): RecordsAnswer {
  if (literal.ipVersion === 6 && version === 4) return { records: [], code: BAD_NAME };
  return { records: [{ address: literal, ttlSeconds: 0 }] };
}

/**
 * What needs no server; undefined = ask one. `localhost` never goes out (RFC 6761, section 6.3), but, as in c-ares, it
 * does with a dot at its end.
 */
function localAddresses(hosts: HostsFile, name: string, version: IpVersion): readonly IpAddress[] | undefined {
  const known = hosts.lookup(name);
  const isLocalhost = /^(?:.*\.)?localhost$/i.test(name);
  if (known.some(({ ipVersion }) => ipVersion === version)) return known;
  if (!isLocalhost) return known.length > 0 ? known : undefined;
  return [new IpAddress('127.0.0.1', 0), new IpAddress('::1', 0)];
}

function queryCandidates(
  query: QueryRecords,
  names: readonly string[],
  version: IpVersion,
  callback: (answer: RecordsAnswer) => void,
): void {
  const [name, ...others] = names;
  if (name === undefined) {
    callback(noRecords);
    return;
  }
  query(name, version, (answer) => {
    if (others.length > 0 && isEmptyAnswer(answer)) queryCandidates(query, others, version, callback);
    else callback(answer);
  });
}
