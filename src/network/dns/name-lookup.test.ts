import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IpAddress } from '../../common/network/address.ts';
import { HostsFile, parseHosts } from './hosts-file.ts';
import { lookupName, type NameSources } from './name-lookup.ts';
import type { RecordsAnswer } from './records.ts';
import type { DnsLookupFamily, DnsResult } from './resolver.ts';
import { candidateNames, parseResolvConf } from './search-domains.ts';

/** Records by `name/version`: addresses, or an error code. */
type Zone = Readonly<Record<string, readonly string[] | string>>;

interface World {
  readonly zone?: Zone;
  readonly hosts?: string;
  readonly resolvConf?: string;
  readonly routable?: readonly number[];
}

function lookup(world: World, name: string, family: DnsLookupFamily): { result: DnsResult; asked: string[] } {
  const asked: string[] = [];
  const sources: NameSources = {
    hosts: new HostsFile({ version: () => '1', read: () => world.hosts ?? '' }),
    search: parseResolvConf(world.resolvConf ?? ''),
    isRoutable: (version) => world.routable?.includes(version) ?? true,
    query(question, version, callback) {
      asked.push(`${question}/${version}`);
      const found = world.zone?.[`${question}/${version}`] ?? 'ENOTFOUND';
      const answer: RecordsAnswer =
        typeof found === 'string'
          ? { records: [], code: found }
          : { records: found.map((ip) => ({ address: new IpAddress(ip, 0), ttlSeconds: 30 })) };
      callback(answer);
    },
  };
  const results: DnsResult[] = [];
  lookupName(sources, name, family, (result) => results.push(result));
  assert.equal(results.length, 1);
  return { result: results[0] as DnsResult, asked };
}

const ips = ({ result }: { result: DnsResult }): string[] => result.responses.map(({ address }) => address.ip);
const both: Zone = { 'a.test/4': ['1.1.1.1', '1.1.1.2'], 'a.test/6': ['::1:1'] };

test('each family asks for its records, and falls back where it may', () => {
  const four: Zone = { 'a.test/4': ['1.1.1.1'] };
  const six: Zone = { 'a.test/6': ['::1:1'] };
  for (const [family, zone, expected, asked] of [
    ['V4_ONLY', both, ['1.1.1.1', '1.1.1.2'], 'a.test/4'],
    ['V6_ONLY', both, ['::1:1'], 'a.test/6'],
    ['ALL', both, ['1.1.1.1', '1.1.1.2', '::1:1'], 'a.test/4 a.test/6'],
    ['AUTO', both, ['::1:1'], 'a.test/6'],
    ['AUTO', four, ['1.1.1.1'], 'a.test/6 a.test/4'],
    ['V4_PREFERRED', both, ['1.1.1.1', '1.1.1.2'], 'a.test/4'],
    ['V4_PREFERRED', six, ['::1:1'], 'a.test/4 a.test/6'],
    ['V6_ONLY', four, [], 'a.test/6'],
  ] as const) {
    const outcome = lookup({ zone }, 'a.test', family);
    assert.deepEqual(ips(outcome), expected, family);
    assert.equal(outcome.asked.join(' '), asked, family);
    assert.equal(outcome.result.status, 'Completed');
  }
});

test('the TTL is the record’s; names of the hosts file have none', () => {
  assert.equal(lookup({ zone: both }, 'a.test', 'V4_ONLY').result.responses[0]?.ttlSeconds, 30);
  assert.equal(lookup({ hosts: '9.9.9.9 h' }, 'h', 'V4_ONLY').result.responses[0]?.ttlSeconds, 0);
});

test('a name without records completes; servers that fail are a failure, though the other family is empty', () => {
  const { result } = lookup({}, 'missing.test', 'ALL');
  assert.equal(result.status, 'Completed');
  assert.equal(result.details, 'cares_norecords:Domain name not found');
  const broken = lookup({ zone: { 'x.test/6': 'ESERVFAIL', 'x.test/4': 'ENODATA' } }, 'x.test', 'AUTO').result;
  assert.equal(broken.status, 'Failure');
  assert.equal(broken.details, 'cares_failure:DNS server returned general failure');
  const half = lookup({ zone: { 'x.test/4': 'ETIMEOUT', 'x.test/6': ['::2'] } }, 'x.test', 'ALL').result;
  assert.equal(half.status, 'Completed');
  assert.equal(half.responses.length, 1);
});

test('literal addresses, the hosts file and localhost ask nobody', () => {
  const hosts = '10.0.0.1 Box box.test # comment\n::7 box\n10.0.0.2\tbox\nnonsense x\n';
  for (const [name, family, expected] of [
    ['1.2.3.4', 'V4_ONLY', ['1.2.3.4']],
    ['1.2.3.4', 'AUTO', ['1.2.3.4']],
    ['1.2.3.4', 'V6_ONLY', ['1.2.3.4']],
    ['1.2.3.4', 'ALL', ['1.2.3.4', '1.2.3.4']],
    ['::1', 'AUTO', ['::1']],
    ['::1', 'V4_ONLY', []],
    ['BOX', 'ALL', ['10.0.0.1', '10.0.0.2', '::7']],
    ['box.test', 'V6_ONLY', []],
    ['localhost', 'ALL', ['127.0.0.1', '::1']],
    ['x.localhost', 'AUTO', ['::1']],
    ['api.LOCALHOST', 'V4_ONLY', ['127.0.0.1']],
  ] as const) {
    const outcome = lookup({ hosts }, name, family);
    assert.deepEqual(ips(outcome), expected, name);
    assert.deepEqual(outcome.asked, [], name);
  }
});

test('an IPv6 literal is no name of IPv4; a dot at the end makes a name for the servers', () => {
  const { result } = lookup({}, '::1', 'V4_ONLY');
  assert.equal(result.status, 'Failure');
  assert.equal(result.details, 'cares_failure:Misformatted domain name');
  for (const name of ['box.', 'localhost.']) {
    assert.equal(lookup({ hosts: '10.0.0.1 box' }, name, 'V4_ONLY').asked.length, 1, name);
  }
});

test('what stands behind a # in the hosts file is no name', () => {
  const hosts = '10.0.0.1 box # old.box\n# 10.0.0.2 gone\n';
  assert.deepEqual([...parseHosts(hosts).keys()], ['box']);
});

test('localhost has an address of each family, whatever the hosts file says of it', () => {
  const hosts = '127.0.0.9 localhost\n';
  assert.deepEqual(ips(lookup({ hosts }, 'localhost', 'AUTO')), ['::1']);
  assert.deepEqual(ips(lookup({ hosts }, 'localhost', 'V4_ONLY')), ['127.0.0.9']);
});

test('short names are completed from the search list, as ndots says', () => {
  const resolvConf = 'nameserver 1.1.1.1\nsearch ns.svc.cluster svc.cluster ; more\noptions ndots:2 timeout:1\n';
  const zone: Zone = { 'web.other.svc.cluster/4': ['10.1.1.1'] };
  const outcome = lookup({ resolvConf, zone }, 'web.other', 'V4_ONLY');
  assert.deepEqual(ips(outcome), ['10.1.1.1']);
  assert.deepEqual(outcome.asked, ['web.other.ns.svc.cluster/4', 'web.other.svc.cluster/4']);
  const search = parseResolvConf(resolvConf);
  assert.equal(candidateNames('a.b.c', search)[0], 'a.b.c');
  assert.deepEqual(candidateNames('web.', search), ['web']);
  assert.deepEqual(candidateNames('web', parseResolvConf('')), ['web']);
});

test('a server that fails ends the search', () => {
  const outcome = lookup({ resolvConf: 'search one two', zone: { 'x.one/4': 'ESERVFAIL' } }, 'x', 'V4_ONLY');
  assert.deepEqual(outcome.asked, ['x.one/4']);
  assert.equal(outcome.result.status, 'Failure');
});

test('families that cannot be routed are left out', () => {
  const outcome = lookup({ zone: both, routable: [4] }, 'a.test', 'AUTO');
  assert.deepEqual(ips(outcome), ['1.1.1.1', '1.1.1.2']);
  assert.deepEqual(outcome.asked, ['a.test/4']);
});

test('the hosts file is read again when it has changed, and may be missing', () => {
  let text: string | undefined = '1.1.1.1 a';
  let reads = 0;
  const hosts = new HostsFile({
    version: () => text,
    read() {
      reads++;
      return text ?? '';
    },
  });
  for (let i = 0; i < 3; i++) assert.equal(hosts.lookup('a')[0]?.ip, '1.1.1.1');
  assert.equal(reads, 1);
  text = '2.2.2.2 a';
  assert.equal(hosts.lookup('a')[0]?.ip, '2.2.2.2');
  text = undefined;
  assert.deepEqual(hosts.lookup('a'), []);
  assert.equal(parseHosts('1.1.1.1 a a\n').get('a')?.length, 1);
});
