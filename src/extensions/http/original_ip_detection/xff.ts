import type { XffConfig as XffProto } from '../../../../api/generated/envoy/extensions/http/original_ip_detection/xff/v3/xff_pb.ts';
import type { OriginalIpDetectionExtension } from '../../../../sdk/extension.ts';
import { type XffOptions, xffDetection } from '../../../common/http/xff.ts';
import { CidrRange } from '../../../common/network/cidr.ts';

/** x-forwarded-for, behind a known number of trusted proxies or behind proxies of known addresses. */
export const xffOriginalIpDetection: OriginalIpDetectionExtension<XffOptions> = {
  category: 'envoy.http.original_ip_detection',
  name: 'envoy.http.original_ip_detection.xff',
  configTypes: ['envoy.extensions.http.original_ip_detection.xff.v3.XffConfig'],

  parseConfig(message, ctx) {
    const config = message as XffProto;
    ctx.requireSupported(config, ['xffNumTrustedHops', 'xffTrustedCidrs', 'skipXffAppend']);
    const cidrs = config.xffTrustedCidrs;
    if (cidrs !== undefined && config.xffNumTrustedHops > 0) {
      ctx.error('Cannot set both xff_num_trusted_hops and xff_trusted_cidrs');
    }
    return Object.freeze({
      numTrustedHops: config.xffNumTrustedHops,
      // As Envoy, what is no address is left out.
      trustedCidrs: (cidrs?.cidrs ?? []).flatMap(
        ({ addressPrefix, prefixLen }) => CidrRange.of(addressPrefix, prefixLen ?? 0) ?? [],
      ),
      appendXff: !(config.skipXffAppend ?? true),
    });
  },

  createOriginalIpDetection: (options) => xffDetection(options),
};
