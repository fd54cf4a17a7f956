import type {
  HttpConnectionManager,
  HttpConnectionManager_ForwardClientCertConfig,
  HttpConnectionManager_SetCurrentClientCertDetails,
} from '../../../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { HttpMatchingData, MatchTreeFactory, NamedExtension } from '../../../../../sdk/matching.ts';
import { parseMatchTree } from '../../../../common/matcher/parse-match-tree.ts';
import type { ClientCertDetail } from '../../../../worker/http/client-cert-element.ts';
import type { ForwardClientCert, ForwardClientCertMode } from '../../../../worker/http/forward-client-cert.ts';

export interface ForwardClientCertConfig {
  readonly matcher: MatchTreeFactory<HttpMatchingData, ForwardClientCert> | undefined;
  readonly otherwise: ForwardClientCert;
}

const JSON_FORMAT = 1;
const modes: readonly ForwardClientCertMode[] = [
  'Sanitize',
  'ForwardOnly',
  'AppendForward',
  'SanitizeSet',
  'AlwaysForwardOnly',
];
const actionType =
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ForwardClientCertConfig';

export function parseForwardClientCert(config: HttpConnectionManager, ctx: ConfigContext): ForwardClientCertConfig {
  const { forwardClientCertMatcher: matcher, forwardClientCertDetails: mode, setCurrentClientCertDetails } = config;
  return {
    matcher:
      matcher === undefined
        ? undefined
        : parseMatchTree(
            matcher,
            { inputs: 'envoy.matching.http.input', parseAction },
            ctx.child('forward_client_cert_matcher'),
          ),
    otherwise: parseForwarding(mode, setCurrentClientCertDetails),
  };
}

function parseAction({ name, typedConfig }: NamedExtension, ctx: ConfigContext): ForwardClientCert | undefined {
  const place = ctx.child('typed_config');
  const message = typedConfig === undefined ? undefined : place.unpack(typedConfig);
  if (message?.$typeName === actionType) {
    const config = message as HttpConnectionManager_ForwardClientCertConfig;
    return parseForwarding(config.forwardClientCertDetails, config.setCurrentClientCertDetails);
  }
  ctx.error(`Didn't find a registered implementation for '${name}' with type URL: '${message?.$typeName ?? ''}'`, {
    expected: `typed_config of type.googleapis.com/${actionType}`,
  });
  return undefined;
}

function parseForwarding(
  mode: number,
  set: HttpConnectionManager_SetCurrentClientCertDetails | undefined,
): ForwardClientCert {
  const details: ClientCertDetail[] = [];
  if (set !== undefined) {
    if (set.cert) details.push('Cert');
    if (set.chain) details.push('Chain');
    if (set.subject === true) details.push('Subject');
    if (set.uri) details.push('URI');
    if (set.dns) details.push('DNS');
    if (set.issuer) details.push('Issuer');
  }
  return { mode: modes[mode] ?? 'Sanitize', details, format: set?.format === JSON_FORMAT ? 'Json' : 'Text' };
}
