import type { TypedExtensionConfig } from '../../../api/generated/envoy/config/core/v3/extension_pb.d.ts';
import type {
  DefaultSocketInterface,
  IoUringOptions,
} from '../../../api/generated/envoy/extensions/network/socket_interface/v3/default_socket_interface_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';

/** `io_uring_options` of the default socket interface: that io_uring is wanted, and how large. */
export interface IoUringConfig {
  /** Operations that can be handed over at a time. */
  readonly size: number;
  /** Bytes of a receive buffer; undefined: the engine's own choice. */
  readonly readBufferBytes: number | undefined;
}

const defaultSocketInterface = 'envoy.extensions.network.socket_interface.default_socket_interface';
const messageType = 'envoy.extensions.network.socket_interface.v3.DefaultSocketInterface';
const defaultSize = 1000;
const leastReadBuffer = 4096;

/** Checks `default_socket_interface`: there is one. */
export function checkSocketInterfaceName(name: string, ctx: ConfigContext): void {
  if (name !== '' && name !== defaultSocketInterface)
    ctx.error(`socket interface '${name}' is not supported yet`, { expected: defaultSocketInterface });
}

/** Reads `bootstrap_extensions`, of which there is the default socket interface; undefined when io_uring is not asked for. */
export function parseBootstrapExtensions(
  extensions: readonly TypedExtensionConfig[],
  ctx: ConfigContext,
): IoUringConfig | undefined {
  let result: IoUringConfig | undefined;
  for (const [i, { name, typedConfig }] of extensions.entries()) {
    const place = ctx.child('bootstrap_extensions', i);
    const message = typedConfig === undefined ? undefined : place.child('typed_config').unpack(typedConfig);
    if (message?.$typeName === messageType) {
      const options = (message as DefaultSocketInterface).ioUringOptions;
      const at = place.child('typed_config').child('io_uring_options');
      if (options !== undefined) result = parseIoUring(options, at);
    } else if (message !== undefined || typedConfig === undefined) {
      place.error(`bootstrap extension '${name}' is not supported yet`, {
        expected: `typed_config of type.googleapis.com/${messageType}`,
      });
    }
  }
  return result;
}

/** Whether a receive goes on by itself (`enable_multishot_receive`) is for the engine to choose, as it sees fit. */
function parseIoUring(options: IoUringOptions, ctx: ConfigContext): IoUringConfig {
  ctx.requireSupported(options, ['ioUringSize', 'readBufferSize', 'enableMultishotReceive']);
  const { ioUringSize = defaultSize, readBufferSize } = options;
  return {
    size: ioUringSize,
    readBufferBytes: readBufferSize === undefined ? undefined : Math.max(leastReadBuffer, readBufferSize),
  };
}
