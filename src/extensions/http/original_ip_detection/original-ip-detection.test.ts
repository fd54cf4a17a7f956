import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestHeaders } from '../../../common/headers/header-map.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { customHeaderOriginalIpDetection } from './custom-header.ts';
import { xffOriginalIpDetection } from './xff.ts';

const peer = new IpAddress('10.0.0.9', 1);

function detect(detection: ReturnType<typeof xffOriginalIpDetection.createOriginalIpDetection>, value: string) {
  const { address, trusted, reject } = detection.detect(RequestHeaders.of([['x-forwarded-for', value]]), peer);
  return [address?.ip, trusted, reject?.status];
}

test('x-forwarded-for counts trusted hops from its end', () => {
  const last = xffOriginalIpDetection.createOriginalIpDetection({ numTrustedHops: 0 });
  const second = xffOriginalIpDetection.createOriginalIpDetection({ numTrustedHops: 1 });
  assert.deepEqual(detect(last, '1.1.1.1, 2.2.2.2'), ['2.2.2.2', false, undefined]);
  assert.deepEqual(detect(last, '1.1.1.1'), ['1.1.1.1', true, undefined]);
  assert.deepEqual(detect(last, 'junk'), [undefined, false, undefined]);
  assert.deepEqual(detect(second, '1.1.1.1, 2.2.2.2'), ['1.1.1.1', false, undefined]);
  assert.deepEqual(detect(second, '1.1.1.1'), [undefined, false, undefined]);
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
