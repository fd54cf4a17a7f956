import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { IpAddress } from '../../common/network/address.ts';
import { RealDispatcher } from '../../event/real-dispatcher.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { CaresDnsResolver } from './cares-resolver.ts';
import { FakeDnsResolver } from './fake-resolver.ts';
import type { DnsLookupFamily, DnsResult } from './resolver.ts';

const noFiles = { hosts: '/nonexistent/hosts', resolvConf: '/nonexistent/resolv.conf' };
const typeA = 1;

/** A DNS server (RFC 1035) that knows one A record and says NXDOMAIN, or SERVFAIL for names with `broken`. */
async function startServer(): Promise<{ socket: Socket; address: IpAddress }> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const end = query.indexOf(0, 12) + 5;
    const question = query.subarray(12, end);
    const known = question.includes('known') && question.readUInt16BE(question.length - 4) === typeA;
    const code = question.includes('broken') ? 2 : question.includes('known') ? 0 : 3;
    const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80 | code, 0, 1, 0, known ? 1 : 0, 0, 0, 0, 0]);
    const answer = known ? Buffer.from([0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, 77, 0, 4, 10, 1, 2, 3]) : Buffer.alloc(0);
    socket.send(Buffer.concat([header, question, answer]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { socket, address: new IpAddress('127.0.0.1', socket.address().port) };
}

test('asks its servers, over the wire', async () => {
  const { socket, address } = await startServer();
  const options = { servers: [address], queryTries: 1, queryTimeoutMs: 2000 };
  const resolver = new CaresDnsResolver(new RealDispatcher('main_thread'), options, { files: noFiles });
  const resolve = (name: string, family: DnsLookupFamily): Promise<DnsResult> =>
    new Promise((done) => resolver.resolve(name, family, done));
  const known = await resolve('known.test', 'ALL');
  assert.deepEqual(
    known.responses.map((response) => [response.address.asString, response.ttlSeconds]),
    [['10.1.2.3:0', 77]],
  );
  const [missing, broken] = [await resolve('missing.test', 'V4_ONLY'), await resolve('broken.test', 'V4_ONLY')];
  assert.equal(missing.details, 'cares_norecords:Domain name not found');
  assert.equal(broken.details, 'cares_failure:DNS server returned general failure');
  assert.equal((await resolve('bad..name', 'V4_ONLY')).responses.length, 0);

  resolver.resolve('known.test', 'V4_ONLY', () => assert.fail('cancelled')).cancel();
  await resolve('known.test', 'V4_ONLY');
  resolver.resolve('known.test', 'V4_ONLY', () => assert.fail('disposed'));
  resolver[Symbol.dispose]();
  socket.close();
});

test('the fake answers as set, when its time has come', () => {
  const time = new SimulatedTime();
  const fake = new FakeDnsResolver(new SimulatedDispatcher('main_thread', time));
  fake.set('a.test', ['1.1.1.1', '::2'], 5);
  fake.fail('b.test', 'ETIMEOUT');
  fake.delayMs = 10;
  const log: string[] = [];
  const note = (result: DnsResult): void => {
    log.push(`${result.status} ${result.responses.map(({ address }) => address.ip).join()}`);
  };
  fake.resolve('a.test', 'AUTO', note);
  fake.resolve('b.test', 'AUTO', note);
  fake.resolve('c.test', 'ALL', note);
  fake.resolve('a.test', 'ALL', note).cancel();
  time.advance(9);
  assert.deepEqual(log, []);
  time.advance(1);
  assert.deepEqual(log, ['Completed ::2', 'Failure ', 'Completed ']);
  assert.deepEqual(fake.queries, ['a.test', 'b.test', 'c.test', 'a.test']);
});
