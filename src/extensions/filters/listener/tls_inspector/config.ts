import type { TlsInspector as TlsInspectorProto } from '../../../../../api/generated/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.d.ts';

export interface TlsInspectorConfig {
  readonly ja3: boolean;
  readonly ja4: boolean;
  /** Closes what is no TLS, instead of taking it for plaintext. */
  readonly closeOnParsingErrors: boolean;
  readonly maxHelloBytes: number;
  readonly initialReadBytes: number;
}

const defaultMaxHelloBytes = 16_384;

/** Takes an envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector. */
export function parseTlsInspector(config: TlsInspectorProto): TlsInspectorConfig {
  const maxHelloBytes = config.maxClientHelloSize ?? defaultMaxHelloBytes;
  return {
    ja3: config.enableJa3Fingerprinting ?? false,
    ja4: config.enableJa4Fingerprinting ?? false,
    closeOnParsingErrors: config.closeConnectionOnClientHelloParsingErrors,
    maxHelloBytes,
    initialReadBytes: Math.min(config.initialReadBufferSize ?? maxHelloBytes, maxHelloBytes),
  };
}
