/** Names that the scenarios use. */
export const DEMO = {
  cluster: 'demo',
  service: 'api',
  family: 'api',
  container: 'api',
  firstTag: '2026-11-01',
} as const;

/** The environment variable that names a folder that holds the demonstration's assembly already; it is only read, so that many may share it. */
export const READY_ASSEMBLY = 'NIGHTSHIFT_DEMO_ASSEMBLY';
