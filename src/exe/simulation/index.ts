/** `nuncio/testing`: a proxy that embeds in a unit test (docs/testing.md). */
import type { StartSimulatedProxy } from '../../../sdk/testing/simulated-proxy.ts';
import { Simulation } from './simulation.ts';

export type * from '../../../sdk/testing/simulated-proxy.ts';

/** Starts a proxy in this thread, on virtual time and sockets in memory; resolves when it is LIVE. */
export const startSimulatedProxy: StartSimulatedProxy = (options) => new Simulation().start(options);
