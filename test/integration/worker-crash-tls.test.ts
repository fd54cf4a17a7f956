import assert from 'node:assert/strict';
import { once } from 'node:events';
import { platform } from 'node:os';
import { test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { certificatePath } from '../harness/certificates.ts';
import type { LiveProxy } from '../harness/live-proxy.ts';
import { obedientChains, startObedient } from '../harness/obedient-proxy.ts';

const skip = platform() !== 'linux' && 'memory in use is told by /proc';
const mebibyte = 1_048_576;
/** Each costs some 28 KB outside of the collector's reach. */
const connections = 500;
const deathsAtMost = 5;

const transport_socket = {
  name: 'envoy.transport_sockets.tls',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
    common_tls_context: {
      tls_certificates: [
        {
          certificate_chain: { filename: certificatePath('server.pem') },
          private_key: { filename: certificatePath('server-key.pem') },
        },
      ],
    },
  },
};

async function connectAll(port: number): Promise<TLSSocket[]> {
  const clients: TLSSocket[] = [];
  while (clients.length < connections) {
    const some = Array.from({ length: 50 }, () => connect({ port, host: '127.0.0.1', rejectUnauthorized: false }));
    for (const client of some) client.on('error', () => {});
    await Promise.all(some.map((client) => once(client, 'secureConnect')));
    clients.push(...some);
  }
  return clients;
}

/** The worker dies, of what it is told, with all of its connections. */
async function die(word: string, proxy: LiveProxy, port: number, death: number): Promise<void> {
  const clients = await connectAll(port);
  try {
    clients[0]?.write(word);
    const replaced = (): number => proxy.log.match(/worker_\d was replaced/g)?.length ?? 0;
    await proxy.until(async () => replaced() === death, `replacement ${death}`);
  } finally {
    for (const client of clients) client.destroy();
  }
}

/** Of threads that are made from then on, which main's is not. */
const littleMemory = `import { setFlagsFromString } from 'node:v8'; setFlagsFromString('--max-old-space-size=64');`;

for (const word of ['die', 'hoard'])
  test(`what TLS holds outside of the collector’s reach goes with the worker that is told to ${word}`, {
    skip,
  }, async () => {
    const listener = { filter_chains: obedientChains().map((chain) => ({ ...chain, transport_socket })) };
    await using proxy = await startObedient({ concurrency: 1, listener, prelude: littleMemory });
    const port = await proxy.port('obedient');
    const after: number[] = [];
    // What is kept would be 27 MiB more with every second one; once, a heap may grow as much.
    const grown = (): number => (after.at(-1) ?? 0) - (after.at(-3) ?? 0);
    while (after.length < 3 || (grown() > 14 * mebibyte && after.length < deathsAtMost)) {
      await die(word, proxy, port, after.length + 1);
      after.push(proxy.residentBytes);
    }
    assert.ok(grown() <= 14 * mebibyte, `bytes resident after each death: ${after}`);
  });
