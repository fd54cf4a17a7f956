import type { DataSource } from '../../../../../api/generated/envoy/config/core/v3/base_pb.d.ts';
import type { Config } from '../../../../../api/generated/envoy/extensions/filters/network/direct_response/v3/config_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { defineNetworkFilter } from '../../../../../sdk/extension.ts';
import type { FilterStatus, NetworkFilter, ReadFilterCallbacks } from '../../../../../sdk/network.ts';
import { SliceBuffer } from '../../../../common/buffer/slice-buffer.ts';
import { readDataSource } from '../../../../common/config/data-source.ts';

/** Writes fixed bytes on connect and closes (envoy.extensions.filters.network.direct_response.v3.Config). */
class DirectResponseFilter implements NetworkFilter {
  readonly #response: Uint8Array;
  #callbacks!: ReadFilterCallbacks;

  constructor(response: Uint8Array) {
    this.#response = response;
  }

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks;
    callbacks.connection.enableHalfClose(true);
  }

  onNewConnection(): FilterStatus {
    const { connection } = this.#callbacks;
    if (this.#response.length > 0) {
      const data = new SliceBuffer();
      data.add(this.#response);
      connection.write(data, true);
    }
    connection.streamInfo.responseCodeDetails = 'direct_response';
    connection.close('FlushWrite');
    return 'StopIteration';
  }

  onData(): FilterStatus {
    return 'StopIteration';
  }
}

function parseConfig(config: Config, ctx: ConfigContext): Uint8Array {
  const response: DataSource | undefined = config.response;
  return response === undefined ? new Uint8Array() : readDataSource(response, ctx.child('response'));
}

export const directResponse = defineNetworkFilter<Uint8Array>({
  name: 'envoy.filters.network.direct_response',
  configTypes: ['envoy.extensions.filters.network.direct_response.v3.Config'],
  parseConfig: (message, ctx) => parseConfig(message as Config, ctx),
  createFilterFactory: (response) => () => new DirectResponseFilter(response),
  isTerminal: () => true,
});
