import type { Bootstrap } from '../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import type { JsonObject } from '../main/admin/admin-context.ts';
import type { ServerDependencies } from '../main/server-dependencies.ts';
import { envoyVersion, serverVersion } from '../main/version.ts';
import { packageVersion } from './package-version.ts';

/** How this node introduces itself (envoy.config.core.v3.Node) on /server_info and to control planes. */
export function adminNode(bootstrap: Bootstrap, { localInfo, extensions }: ServerDependencies): JsonObject {
  const locality = bootstrap.node?.locality;
  return {
    id: localInfo.nodeId,
    cluster: localInfo.clusterName,
    metadata: bootstrap.node?.metadata as JsonObject | undefined,
    locality:
      locality === undefined && localInfo.zone === ''
        ? undefined
        : { region: locality?.region ?? '', zone: localInfo.zone, sub_zone: locality?.subZone ?? '' },
    user_agent_name: 'envoy',
    user_agent_build_version: {
      version: { major_number: envoyVersion.major, minor_number: envoyVersion.minor, patch: envoyVersion.patch },
      metadata: {
        'build.type': 'RELEASE',
        'revision.sha': serverVersion(packageVersion()).split('/', 1)[0] ?? '',
        'revision.status': 'Clean',
        'ssl.version': 'OpenSSL',
      },
    },
    extensions: extensions.all().map(({ name, category, configTypes }) => ({
      name,
      category,
      type_descriptor: '',
      disabled: false,
      type_urls: [...configTypes],
    })),
    client_features: [],
    listening_addresses: [],
    dynamic_parameters: {},
  };
}
