import type { XffConfig as XffProto } from '../../../../api/generated/envoy/extensions/http/original_ip_detection/xff/v3/xff_pb.ts';
import type { OriginalIpDetectionExtension } from '../../../../sdk/extension.ts';
import { xffDetection } from '../../../common/http/xff.ts';

export interface XffConfig {
  readonly numTrustedHops: number;
}

/** x-forwarded-for, behind a known number of trusted proxies. */
export const xffOriginalIpDetection: OriginalIpDetectionExtension<XffConfig> = {
  category: 'envoy.http.original_ip_detection',
  name: 'envoy.http.original_ip_detection.xff',
  configTypes: ['envoy.extensions.http.original_ip_detection.xff.v3.XffConfig'],

  parseConfig(message, ctx) {
    const config = message as XffProto;
    ctx.requireSupported(config, ['xffNumTrustedHops']);
    return Object.freeze({ numTrustedHops: config.xffNumTrustedHops });
  },

  createOriginalIpDetection: ({ numTrustedHops }) => xffDetection(numTrustedHops),
};
