/** Names that the scenarios use. */
export const DEMO = {
  cluster: 'demo',
  service: 'api',
  family: 'api',
  container: 'api',
  firstTag: '2026-11-01',
  tasks: 2,
  instance: 'demo',
  database: 'demo',
  masterSecret: 'demo/master',
  /** Login of the API. */
  shopSecret: 'demo/shop',
  /** Keys of the tokens that the API issues. */
  tokenSecret: 'demo/token-keys',
  /** Who may administer the shop. */
  adminsSecret: 'demo/admins',
  /** Login of the analyst, who only reads. */
  analystSecret: 'demo/analyst',
  analyst: 'analyst',
  logGroup: '/demo/api',
} as const;

/** The environment variable that names a folder that holds the demonstration's assembly already; it is only read, so that many may share it. */
export const READY_ASSEMBLY = 'NIGHTSHIFT_DEMO_ASSEMBLY';
