import { defineConfig } from './lib/config/define-config.ts';

/** What Nightshift looks after: one service to begin with. docs/configuration.md explains every line. */
export default defineConfig({
  environments: {
    production: {
      network: {
        vpcId: 'vpc-0123456789abcdef0',
        subnetIds: ['subnet-0123456789abcdef0', 'subnet-0fedcba9876543210'],
        securityGroupIds: ['sg-0123456789abcdef0'],
      },
    },
  },
  services: {
    api: {
      cluster: 'main',
      service: 'api',
      baseUrl: 'https://api.example.com',
      livenessPath: '/health/live',
      readinessPath: '/health/ready',
      loadBalancer: 'app/api/50dc6c495c0c9188',
      targetGroup: 'targetgroup/api/73e2d6bc24d8a067',
      bakeMinutes: 10,
      database: 'main',
      secrets: ['database'],
      preflight: {
        require: ['DATABASE_URL'],
        formats: {
          DATABASE_URL: { kind: 'url', schemes: ['postgres', 'postgresql'] },
          PORT: { kind: 'integer', min: 1, max: 65_535 },
        },
        secrets: { database: ['username', 'password'] },
      },
    },
  },
  databases: {
    main: {
      instance: 'main',
      host: 'main.abcdefghijkl.us-east-1.rds.amazonaws.com',
      database: 'app',
      secret: 'database',
      migrations: 'alembic',
    },
  },
  secrets: {
    database: { secret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:database-AbCdEf' },
  },
  freezeWindows: [{ name: 'year end', from: '2026-12-24T00:00:00Z', to: '2027-01-02T00:00:00Z' }],
  notify: { pages: ['on-call@example.com'] },
});
