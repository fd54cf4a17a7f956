/** An AdminContext of plain values, for tests of the admin pages. */
import type { LogLevel } from '../../src/common/logging/levels.ts';
import { defaultTagExtractors, TagProducer } from '../../src/common/stats/tags.ts';
import type { AdminContext, AdminHost } from '../../src/main/admin/admin-context.ts';
import { MainStats } from '../../src/main/stats/main-stats.ts';

export interface FakeAdmin {
  readonly context: AdminContext;
  /** What the pages have asked for, in order. */
  readonly calls: string[];
}

export function fakeAdmin(changes: Partial<AdminContext> = {}): FakeAdmin {
  const calls: string[] = [];
  const levels = new Map<string, LogLevel>([
    ['admin', 'info'],
    ['http', 'info'],
  ]);
  const context: AdminContext = {
    stats: new MainStats(),
    tags: new TagProducer(defaultTagExtractors()),
    endpointStats: () => [],
    flushStatsOnAdmin: false,
    flushStats: () => context.stats.flush(),
    updateGauges: () => calls.push('updateGauges'),
    lifecycle: {
      shutdown: () => calls.push('shutdown'),
      drainListeners: (options) => calls.push(`drain ${JSON.stringify(options)}`),
      failHealthcheck: (fail) => calls.push(`failHealthcheck ${fail}`),
      reopenLogs: () => calls.push('reopenLogs'),
    },
    logging: {
      levels: () => levels,
      setLevel: (name, level) => levels.has(name) && levels.set(name, level) === levels,
      setAllLevels: (level) => {
        for (const name of levels.keys()) levels.set(name, level);
      },
    },
    runtime: {
      layers: ['base', 'admin'],
      entries: new Map([
        ['b', { layerValues: ['1', ''], finalValue: '1' }],
        ['a', { layerValues: ['', '<2>'], finalValue: '<2>' }],
      ]),
      hasAdminLayer: true,
      merge(values) {
        calls.push(`merge ${JSON.stringify([...values])}`);
        return undefined;
      },
    },
    configDump: { sections: new Map(), schema: { field: () => undefined } },
    serverInfo: () => ({
      version: 'sha/1.40.0/Clean/RELEASE/OpenSSL',
      state: 'LIVE',
      uptimeCurrentEpochSeconds: 3.7,
      uptimeAllEpochsSeconds: 12,
      hotRestartVersion: '11.104',
      commandLineOptions: { base_id: '0', disabled_extensions: [] },
      node: { id: 'n' },
    }),
    listeners: () => [],
    clusters: () => [],
    certificates: () => [],
    unreadyTargets: () => new Map(),
    allocations: { start: () => true, stop: () => undefined },
    memory: () => ({
      allocated: 1,
      heapSize: 2,
      pageheapUnmapped: 0,
      pageheapFree: 3,
      totalThreadCache: 4,
      totalPhysicalBytes: 5,
    }),
    ...changes,
  };
  return { context, calls };
}

export function fakeHost(addressText: string, changes: Partial<AdminHost> = {}): AdminHost {
  const port = Number(addressText.slice(addressText.lastIndexOf(':') + 1));
  return {
    addressText,
    addressJson: { socket_address: { address: addressText.slice(0, addressText.lastIndexOf(':')), port_value: port } },
    stats: {
      cxActive: 0,
      cxConnectFail: 0,
      cxTotal: 0,
      rqActive: 0,
      rqError: 0,
      rqPendingActive: 0,
      rqSuccess: 0,
      rqTimeout: 0,
      rqTotal: 0,
    },
    hostname: '',
    healthFlags: [],
    health: 'HEALTHY',
    metadata: undefined,
    edsHealthStatus: 'HEALTHY',
    weight: 1,
    localityWeight: 0,
    region: '',
    zone: '',
    subZone: '',
    canary: false,
    priority: 0,
    successRate: -1,
    localOriginSuccessRate: -1,
    ...changes,
  };
}
