/** What tests of a filter need, without the proxy: buffers, headers, a harness, and what every filter must bear. */
export { type ComplianceCase, runHttpFilterCompliance } from './compliance.ts';
export { type HarnessOptions, HttpFilterHarness } from './http-filter-harness.ts';
export { TestBuffer } from './test-buffer.ts';
export { TestHeaders, testRequestHeaders, testResponseHeaders } from './test-headers.ts';
