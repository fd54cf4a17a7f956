import type { Buffer } from '../../../../../sdk/buffer.ts';
import { defineNetworkFilter } from '../../../../../sdk/extension.ts';
import type { FilterStatus, NetworkFilter, ReadFilterCallbacks } from '../../../../../sdk/network.ts';

/** Writes back what it reads (envoy.extensions.filters.network.echo.v3.Echo). */
class EchoFilter implements NetworkFilter {
  #callbacks!: ReadFilterCallbacks;

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  onData(data: Buffer, endStream: boolean): FilterStatus {
    this.#callbacks.connection.write(data, endStream);
    return 'StopIteration';
  }
}

export const echo = defineNetworkFilter({
  name: 'envoy.filters.network.echo',
  configTypes: ['envoy.extensions.filters.network.echo.v3.Echo'],
  parseConfig: () => undefined,
  createFilterFactory: () => () => new EchoFilter(),
  isTerminal: () => true,
});
