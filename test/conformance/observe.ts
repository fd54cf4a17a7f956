/** Looks at the world after a step and puts it into the form that is recorded. */
import { createHash } from 'node:crypto';
import { type HttpMessage, isInterim, readMessage } from '../harness/http-message.ts';
import { poll } from '../harness/poll.ts';
import { type ConnectionEnd, RawClient } from '../harness/raw-client.ts';
import type { Seen } from '../harness/scripted-upstream.ts';
import type { Answer, RecordedMessage, SeenMessage } from './answer.ts';
import type { Exchange } from './case.ts';
import { applyNamed } from './normalise.ts';
import type { World } from './world.ts';

const longBody = 3000;
const longPage = 60_000;

function short(text: string, limit = longBody): string {
  if (text.length <= limit) return text;
  const digest = createHash('sha256').update(text, 'latin1').digest('hex').slice(0, 16);
  return `<${text.length} bytes, ${digest}>`;
}

/** Pages are easier to compare line by line. */
function linesOf(body: string): string | string[] {
  return body.includes('\n') ? body.split('\n') : body;
}

/** An alert's record may be of another version. */
function firstRecord(text: string): string {
  return text.startsWith('\x16')
    ? 'a handshake'
    : text.startsWith('\x15')
      ? `alert ${[...text.slice(5)].map((byte) => byte.charCodeAt(0)).join(' ')}`
      : text;
}

function recordMessage(message: HttpMessage, step: Exchange, world: World): RecordedMessage {
  const keep = step.only === undefined ? undefined : new RegExp(step.only);
  const head = message.head.filter((line, index) => index === 0 || keep?.test(line.split(':')[0] ?? '') !== false);
  const limit = step.to === 'admin' ? longPage : longBody;
  const body = short(applyNamed(world.normalise(message.body), step.normalise ?? []), limit);
  return {
    head: head.map(world.normalise),
    framing: message.framing,
    ...(body === '' ? {} : { body: linesOf(body) }),
    ...(message.trailers === undefined ? {} : { trailers: message.trailers.map(world.normalise) }),
  };
}

/** The methods of the requests in the bytes sent, in order; enough for messages that are well formed. */
export function methodsIn(sent: string): string[] {
  return [...sent.matchAll(/(?:^|\n)([A-Z]+) \S+ HTTP\/1\.\d\r?\n/g)].map((match) => match[1] ?? '');
}

export interface ResponsesRead {
  readonly responses: readonly HttpMessage[];
  readonly final: number;
  readonly rest: string;
}

export function readResponses(text: string, methods: readonly string[], ended: boolean): ResponsesRead {
  const responses: HttpMessage[] = [];
  let at = 0;
  let final = 0;
  while (at < text.length) {
    const method = methods[final] ?? 'GET';
    const read = readMessage(text, at, { kind: 'response', method, ended });
    if (read === undefined) break;
    responses.push(read.message);
    at = read.end;
    if (!isInterim(read.message)) final++;
  }
  return { responses, final, rest: text.slice(at) };
}

function recordSeen(seen: Seen, world: World): SeenMessage {
  if ('cut' in seen) return { cut: short(world.normalise(seen.cut)) };
  if ('bytes' in seen) return { bytes: short(world.normalise(seen.bytes)), end: seen.end };
  const { head, framing, body, trailers } = seen;
  return {
    head: head.map(world.normalise),
    framing,
    ...(body === '' ? {} : { body: short(world.normalise(body)) }),
    ...(trailers === undefined ? {} : { trailers: trailers.map(world.normalise) }),
  };
}

function observeUpstreams(world: World, step: Exchange): Answer['upstreams'] {
  const entries = [...world.upstreams].map(([name, upstream]) => {
    const seen = upstream.seen(step.conn !== undefined).filter((one) => step.cuts || !('cut' in one));
    return [name, seen.map((one) => recordSeen(one, world))] as const;
  });
  return Object.fromEntries(entries.filter(([, seen]) => seen.length > 0));
}

function observeHandshakes(world: World): Pick<Answer, 'handshakes'> {
  const entries = [...world.upstreams].map(([name, { handshakes }]) => [name, handshakes] as const);
  const made = entries.filter(([, handshakes]) => handshakes.length > 0);
  return made.length === 0 ? {} : { handshakes: Object.fromEntries(made) };
}

async function observeLogs(world: World, step: Exchange): Promise<NonNullable<Answer['logs']>> {
  const logs: Record<string, string[]> = {};
  const tidy = (line: string) => applyNamed(world.normalise(line), step.normaliseLogs ?? []);
  for (const name of step.logs ?? []) {
    const lines = (await world.newLogLines(name)).map(tidy);
    logs[name] = step.normaliseLogs?.includes('sorted-lines') ? lines.sort() : lines;
  }
  return logs;
}

function observeAsked(world: World, names: readonly string[]): NonNullable<Answer['asked']> {
  return Object.fromEntries(names.map((name) => [name, [...(world.dnsServers.get(name)?.asked ?? [])].sort()]));
}

function observeHeard(world: World, step: Exchange): NonNullable<Answer['heard']> {
  const tidy = (text: string) => applyNamed(world.normalise(text), step.normaliseHeard ?? []);
  const entries = (step.heard ?? []).map((name) => {
    const heard = world.datagramHosts.get(name)?.heard ?? [];
    return [name, heard.map(tidy).sort().map(linesOf)] as const;
  });
  return Object.fromEntries(entries);
}

/** Statistics lines whose names match. Histograms keep their name only: their values are times. */
export async function fetchStats(world: World, regex: string): Promise<string[]> {
  using client = await RawClient.connect(world.port('admin'));
  const path = `/stats?filter=${encodeURIComponent(regex)}`;
  await client.send([`GET ${path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n`]);
  await poll(async () => (client.end === 'open' ? undefined : true), { timeoutMs: 3000 });
  const { responses } = readResponses(client.received, ['GET'], true);
  const lines = (responses[0]?.body ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => world.normalise(line.replace(/: (P\d.*|No recorded values)$/, ': <histogram>')));
}

/** One end of a connection, or of what goes for one over UDP. */
export type ExchangeClient = Pick<
  RawClient,
  'received' | 'end' | 'handshake' | 'alert' | 'send' | 'halfClose' | 'reset' | typeof Symbol.dispose
>;

export interface Observed {
  readonly client: ExchangeClient;
  /** All that was sent on this connection. */
  readonly sent: string;
  /** Where this step's answer begins in what was received. */
  readonly from: number;
}

/** A peer that still sends meets a reset where another meets a FIN: told apart only when the step asks for it. */
function endOf(end: ConnectionEnd, step: Exchange): NonNullable<Answer['connection']> {
  return end === 'open' || step.exactEnd ? end : 'closed';
}

/** The part of the answer that is there while the connection still is. */
export function observeExchange(world: World, step: Exchange, observed: Observed): Answer {
  const { client, sent, from } = observed;
  const text = client.received.slice(from);
  const parsed = readResponses(step.raw === undefined ? text : '', methodsIn(sent), client.end !== 'open');
  const rest = step.raw === undefined ? parsed.rest : text;
  return {
    ...(step.raw === undefined ? { responses: parsed.responses.map((one) => recordMessage(one, step, world)) } : {}),
    ...(rest === '' ? {} : { rest: short(world.normalise(step.normaliseRaw ? firstRecord(rest) : rest)) }),
    ...(client.handshake === undefined ? {} : { handshake: client.handshake }),
    ...(client.alert === undefined ? {} : { alert: client.alert }),
    connection: endOf(client.end, step),
    ...(step.blind ? {} : { upstreams: observeUpstreams(world, step) ?? {}, ...observeHandshakes(world) }),
  };
}

/** The part that may come after: access logs and statistics. */
export async function observeAfter(world: World, step: Exchange): Promise<Answer> {
  return {
    ...(step.logs ? { logs: await observeLogs(world, step) } : {}),
    ...(step.stats ? { stats: await fetchStats(world, step.stats) } : {}),
    ...(step.asked ? { asked: observeAsked(world, step.asked) } : {}),
    ...(step.heard ? { heard: observeHeard(world, step) } : {}),
  };
}
