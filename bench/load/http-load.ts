/** What report.lua and wrk do, for machines without wrk: `http-load.ts URL CONNECTIONS SECONDS METHOD BODY_BYTES PATH HEADER COUNT THINK_MS`. */
import { Agent, request } from 'node:http';
import { request as requestByTls, Agent as TlsAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

const [
  url = '',
  connections = '1',
  seconds = '1',
  method = 'GET',
  bodyBytes = '0',
  path = '/',
  header = '',
  count = '1',
  thinkMs = '0',
] = process.argv.slice(2);
const [name, value = ''] = header.split(':');
const body = 'x'.repeat(Number(bodyBytes));
const options = { keepAlive: true, maxSockets: Number(connections), rejectUnauthorized: false };
const [agent, send] = url.startsWith('https:') ? [new TlsAgent(options), requestByTls] : [new Agent(options), request];
const begin = performance.now();
const end = begin + Number(seconds) * 1000;
const latencies: number[] = [];
const totals = { next: 0, bytes: 0, faults: 0 };

function once(): Promise<void> {
  totals.next = (totals.next + 7919) % Number(count);
  const counted = (text: string) => text.replace('{n}', String(totals.next));
  const headers = name === undefined || name === '' ? {} : { [name]: counted(value) };
  const sent = performance.now();
  return new Promise((resolve) => {
    const fail = () => {
      totals.faults++;
      resolve();
    };
    const outgoing = send(new URL(counted(path), url), { agent, method, headers }, (response) => {
      if (response.statusCode !== 200) totals.faults++;
      response.on('data', (chunk: Uint8Array) => {
        totals.bytes += chunk.length;
      });
      response.on('error', fail).on('end', () => {
        latencies.push(performance.now() - sent);
        resolve();
      });
    });
    outgoing.on('error', fail).end(body);
  });
}

async function oneConnection(): Promise<void> {
  while (performance.now() < end) {
    await once();
    if (thinkMs !== '0') await sleep(Math.random() * 2 * Number(thinkMs));
  }
}

await Promise.all(Array.from({ length: Number(connections) }, oneConnection));
agent.destroy();
latencies.sort((a, b) => a - b);
const p99Ms = latencies[Math.floor(latencies.length * 0.99)] ?? 0;
const micros = (performance.now() - begin) * 1000;
const result = {
  requests: latencies.length,
  micros,
  bytes: totals.bytes,
  p99Micros: p99Ms * 1000,
  faults: totals.faults,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
