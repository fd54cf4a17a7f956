import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { RequestHeaders } from '../../../common/headers/header-map.ts';
import type { XffOptions } from '../../../common/http/xff.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { CidrRange } from '../../../common/network/cidr.ts';
import { customHeaderOriginalIpDetection } from './custom-header.ts';
import { xffOriginalIpDetection } from './xff.ts';

const peer = new IpAddress('10.0.0.9', 1);

const options = (some: Partial<XffOptions>): XffOptions => ({
  numTrustedHops: 0,
  trustedCidrs: [],
  appendXff: false,
  ...some,
});

function detect(detection: ReturnType<typeof xffOriginalIpDetection.createOriginalIpDetection>, value: string) {
  const { address, trusted, reject } = detection.detect(RequestHeaders.of([['x-forwarded-for', value]]), peer);
  return [address?.ip, trusted, reject?.status];
}

test('x-forwarded-for counts trusted hops from its end', () => {
  const last = xffOriginalIpDetection.createOriginalIpDetection(options({ numTrustedHops: 0 }));
  const second = xffOriginalIpDetection.createOriginalIpDetection(options({ numTrustedHops: 1 }));
  assert.deepEqual(detect(last, '1.1.1.1, 2.2.2.2'), ['2.2.2.2', false, undefined]);
  assert.deepEqual(detect(last, '1.1.1.1'), ['1.1.1.1', true, undefined]);
  assert.deepEqual(detect(last, 'junk'), [undefined, false, undefined]);
  assert.deepEqual(detect(second, '1.1.1.1, 2.2.2.2'), ['1.1.1.1', false, undefined]);
  assert.deepEqual(detect(second, '1.1.1.1'), [undefined, false, undefined]);
});

test('the client stands before the trusted proxies, if the peer is one of them', () => {
  const trustedCidrs = [new CidrRange([0x0a000000], 8)];
  const near = xffOriginalIpDetection.createOriginalIpDetection(options({ trustedCidrs }));
  assert.deepEqual(detect(near, '1.1.1.1, 2.2.2.2, 10.0.0.1,10.0.0.2'), ['2.2.2.2', false, undefined]);
  assert.deepEqual(detect(near, '10.0.0.1,10.0.0.2'), ['10.0.0.1', false, undefined]);
  assert.deepEqual(detect(near, '10.0.0.1'), ['10.0.0.1', true, undefined]);
  assert.deepEqual(detect(near, 'junk, 10.0.0.1'), [undefined, false, undefined]);
  assert.deepEqual(detect(near, '1.1.1.1,,10.0.0.1'), [undefined, false, undefined]);
  assert.deepEqual(detect(near, Array(20).fill('1.1.1.1').join()), ['1.1.1.1', false, undefined]);
  assert.deepEqual(detect(near, Array(21).fill('1.1.1.1').join()), [undefined, false, undefined]);
  const headers = RequestHeaders.of([['x-forwarded-for', '1.1.1.1']]);
  assert.equal(near.detect(headers, peer).appendXff, false);
  const stranger = near.detect(headers, new IpAddress('11.0.0.1', 1));
  assert.deepEqual([stranger.address, stranger.appendXff], [undefined, true]);
});

test('x-forwarded-for grows only when asked for; hops and networks are not mixed', () => {
  const { read } = configReader([xffOriginalIpDetection]);
  const XFF = 'envoy.extensions.http.original_ip_detection.xff.v3.XffConfig';
  assert.equal((read(XFF, {}).config as XffOptions).appendXff, false);
  assert.equal((read(XFF, { skip_xff_append: false }).config as XffOptions).appendXff, true);
  const { problems } = read(XFF, { xff_num_trusted_hops: 1, xff_trusted_cidrs: {} });
  assert.match(problems[0] ?? '', /Cannot set both xff_num_trusted_hops and xff_trusted_cidrs/);
});

test('a header of its own is trusted as configured, and may be required', () => {
  const make = (rejectWithStatus: number | undefined) =>
    customHeaderOriginalIpDetection.createOriginalIpDetection({
      headerName: 'x-forwarded-for',
      trusted: true,
      rejectWithStatus,
    });
  assert.deepEqual(detect(make(401), '1.1.1.1'), ['1.1.1.1', true, undefined]);
  assert.deepEqual(detect(make(401), 'junk'), [undefined, false, 401]);
  assert.deepEqual(detect(make(undefined), 'junk'), [undefined, false, undefined]);
});
