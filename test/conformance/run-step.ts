/** Does one step. An exchange is over when the world looks as recorded, or, while recording, has come to rest. */

import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { DatagramClient } from '../harness/datagrams.ts';
import type { DnsServer } from '../harness/dns-server.ts';
import { poll } from '../harness/poll.ts';
import { RawClient } from '../harness/raw-client.ts';
import type { Reply } from '../harness/scripted-upstream.ts';
import type { Answer } from './answer.ts';
import type { Control, Exchange } from './case.ts';
import {
  type ExchangeClient,
  fetchStats,
  methodsIn,
  type Observed,
  observeAfter,
  observeExchange,
  readResponses,
} from './observe.ts';
import type { World } from './world.ts';

/** How long an expected thing may take; then what is there is the answer. */
const answerTimeoutMs = 2500;
/** For what must come: longer than any timer of a suite's configuration. */
const eventTimeoutMs = 10_000;
/** While recording: nothing changes for so long. While comparing: the sameness lasts so long. */
const restMs = 90;
/** While comparing: what has been answered becomes what is expected within so long. */
const becomeTimeoutMs = 600;
const sameForMs = 4;

function repliesFor(step: Exchange, upstream: string): readonly Reply[] {
  const { reply } = step;
  if (reply === undefined) return [];
  if (typeof reply === 'string') return [{ send: reply }];
  if (Array.isArray(reply)) return reply as readonly Reply[];
  if ('send' in reply || 'on' in reply || 'after' in reply) return [reply as Reply];
  return (reply as Readonly<Record<string, readonly Reply[]>>)[upstream] ?? [];
}

function partsOf(world: World, step: Exchange): readonly string[] {
  const given = step.send === undefined ? [] : typeof step.send === 'string' ? [step.send] : step.send;
  const parts = given.map((part) => world.fill(part));
  return step.bytewise ? [...parts.join('')] : parts;
}

function isAnswered(step: Exchange, { client, sent, from }: Observed): boolean {
  if (client.end !== 'open') return true;
  const text = client.received.slice(from);
  if (step.raw !== undefined) return step.raw !== 'close' && text.length >= step.raw;
  if (step.responses === 'close') return false;
  return readResponses(text, methodsIn(sent), false).final >= (step.responses ?? 1);
}

/** While recording: waits until the same answer is seen through `restMs`. */
async function comeToRest(look: () => Promise<Answer>): Promise<Answer> {
  let answer = await look();
  let calmSince = performance.now();
  const deadline = calmSince + answerTimeoutMs;
  while (performance.now() - calmSince < restMs && performance.now() < deadline) {
    await pause(15);
    const next = await look();
    if (!isDeepStrictEqual(next, answer)) calmSince = performance.now();
    answer = next;
  }
  return answer;
}

/** While comparing: ends as soon as the answer is the expected one and stays so for a moment. */
async function becomeExpected(look: () => Promise<Answer>, expected: Answer): Promise<Answer> {
  const deadline = performance.now() + becomeTimeoutMs;
  for (;;) {
    const answer = await look();
    if (isDeepStrictEqual(answer, expected)) {
      await pause(sameForMs);
      const again = await look();
      if (isDeepStrictEqual(again, expected)) return again;
    }
    if (performance.now() > deadline) return answer;
    await pause(5);
  }
}

function settle(look: () => Promise<Answer>, expected: Answer | undefined): Promise<Answer> {
  return expected === undefined ? comeToRest(look) : becomeExpected(look, expected);
}

function split(answer: Answer): { exchange: Answer; after: Answer } {
  const { logs, stats, asked, heard, ...exchange } = answer;
  const after = { ...(logs && { logs }), ...(stats && { stats }), ...(asked && { asked }), ...(heard && { heard }) };
  return { exchange, after };
}

function connect(world: World, { to, at, tls, udp }: Exchange): Promise<ExchangeClient> {
  const port = at === undefined ? world.port(to) : world.portOf(at.port);
  if (udp) return DatagramClient.connect(port);
  if (tls !== undefined) return RawClient.connectTls(port, tls, { sessions: world.sessions });
  return RawClient.connect(port, at?.host, at?.from);
}

function unlessRefused(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ECONNREFUSED') throw error;
}

async function exchange(world: World, step: Exchange, expected: Answer | undefined): Promise<Answer> {
  const known = step.conn === undefined ? undefined : world.connections.get(step.conn);
  const client = known ?? (await connect(world, step).catch(unlessRefused));
  if (client === undefined) return { connection: 'refused' };
  if (step.conn !== undefined) world.connections.set(step.conn, client);
  if (step.deaf && client instanceof RawClient) client.pauseReading();
  const parts = partsOf(world, step);
  const observed: Observed = { client, sent: parts.join(''), from: client.received.length };
  try {
    await client.send(parts);
    if (step.fin) client.halfClose();
    if (step.push !== undefined) upstreamOf(world, step.push.upstream).push(step.push.reply);
    await poll(async () => isAnswered(step, observed) || undefined, { timeoutMs: answerTimeoutMs, everyMs: 2 });
    return await settle(async () => observeExchange(world, step, observed), expected);
  } finally {
    if (step.reset) client.reset();
    else if (step.conn === undefined) client[Symbol.dispose]();
  }
}

/** One exchange. With `expected` it compares, without it records. */
export async function runExchange(world: World, step: Exchange, expected: Answer | undefined): Promise<Answer> {
  await world.markLogs(step.logs ?? []);
  for (const [name, upstream] of world.upstreams) upstream.reset(repliesFor(step, name));
  const wanted = expected === undefined ? undefined : split(expected);
  const answer = await exchange(world, step, wanted?.exchange);
  if ((step.logs ?? []).length === 0) world.noteUnloggedTraffic();
  if ((step.logs ?? step.stats ?? step.asked ?? step.heard) === undefined) return answer;
  const after = await settle(() => observeAfter(world, step), wanted?.after);
  for (const name of step.asked ?? []) world.dnsServers.get(name)?.asked.splice(0);
  for (const name of step.heard ?? []) world.datagramHosts.get(name)?.heard.splice(0);
  return { ...answer, ...after };
}

async function awaitStat(world: World, step: Extract<Control, { do: 'await-stat' }>): Promise<void> {
  const { name, value, orMore } = step;
  const isThere = (line: string) => {
    const found = Number(line.slice(name.length + 2));
    return line.startsWith(`${name}: `) && (orMore ? found >= value : found === value);
  };
  const regex = `^${name.replaceAll('.', '\\.')}$`;
  await awaitIt(`${name}: ${value}`, async () => (await fetchStats(world, regex)).some(isThere));
}

function upstreamOf(world: World, name: string) {
  const upstream = world.upstreams.get(name);
  if (upstream === undefined) throw new Error(`no upstream named ${name}`);
  return upstream;
}

function zoneOf(world: World, name: string): DnsServer {
  const server = world.dnsServers.get(name);
  if (server === undefined) throw new Error(`no name server named ${name}`);
  return server;
}

/** What is waited for and never comes is no answer: the rest of the case would be about something else. */
async function awaitIt(what: string, isThere: () => boolean | Promise<boolean>): Promise<void> {
  const found = await poll(async () => (await isThere()) || undefined, { timeoutMs: eventTimeoutMs });
  if (found === undefined) throw new Error(`waited in vain for ${what}`);
}

/** So many more than there were. */
async function awaitQueries(server: DnsServer, count: number): Promise<void> {
  const wanted = server.asked.length + count;
  await awaitIt(`${count} queries`, () => server.asked.length >= wanted);
}

function connectionOf(world: World, name: string): ExchangeClient {
  const connection = world.connections.get(name);
  if (connection === undefined) throw new Error(`no connection named ${name}`);
  return connection;
}

export async function runControl(world: World, step: Control): Promise<void> {
  if (step.do === 'drop-upstream') upstreamOf(world, step.upstream).dropConnections();
  else if (step.do === 'await-stat') await awaitStat(world, step);
  else if (step.do === 'set-zone') zoneOf(world, step.server).zone = step.zone;
  else if (step.do === 'await-queries') await awaitQueries(zoneOf(world, step.server), step.count);
  else if (step.do === 'write-file') await world.replaceFile(step.file, step.text);
  else if (step.do === 'link') await world.replaceLink(step.file, step.to);
  else if (step.do === 'signal') world.proxy.signal(step.signal);
  else if (step.do === 'await-upstream') await awaitUpstream(world, step.upstream, step.includes);
  else closeConnection(world, step.conn);
}

function closeConnection(world: World, name: string): void {
  connectionOf(world, name)[Symbol.dispose]();
  world.connections.delete(name);
}

async function awaitUpstream(world: World, name: string, wanted: string): Promise<void> {
  const upstream = upstreamOf(world, name);
  await awaitIt(`${wanted} at ${name}`, () => JSON.stringify(upstream.seen(true)).includes(wanted));
}
