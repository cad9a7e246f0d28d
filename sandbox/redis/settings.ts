/**
 * Commands that ElastiCache keeps to itself.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ClientConfig.RestrictedCommands.html
 */
const RESTRICTED = [
  ...[
    'bgrewriteaof',
    'bgsave',
    'config',
    'debug',
    'migrate',
    'replicaof',
    'save',
    'slaveof',
    'shutdown',
    'sync',
  ],
  // They would go around the tokens that the service keeps.
  ...['acl|setuser', 'acl|deluser', 'acl|load', 'acl|save', 'module'],
];
const RIGHTS = ['~*', '&*', '+@all', ...RESTRICTED.map((command) => `-${command}`)];

/** What a server is told when it starts. */
export interface ServerSettings {
  readonly port: number;
  /** Its own, for whatever it writes. */
  readonly folder: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly authorityFile: string;
  /** User of the sandbox alone. */
  readonly administrator: { readonly name: string; readonly password: string };
  /** Tokens that clients may come with; none: none is asked for. */
  readonly tokens: readonly string[];
}

/** The settings as Redis reads them from a file: TLS alone, and nothing that is kept on disk. */
export function settingsOf({ administrator, tokens, ...server }: ServerSettings): string {
  return [
    'bind 127.0.0.1',
    'port 0',
    `tls-port ${server.port}`,
    `tls-cert-file "${server.certificateFile}"`,
    `tls-key-file "${server.keyFile}"`,
    `tls-ca-cert-file "${server.authorityFile}"`,
    'tls-auth-clients no',
    'save ""',
    'appendonly no',
    `dir "${server.folder}"`,
    `user ${administrator.name} on >${administrator.password} ~* &* +@all`,
    `user default on ${passwordRules(tokens).join(' ')} ${RIGHTS.join(' ')}`,
  ].join('\n');
}

/** ACL rules that let clients in with these tokens. */
export const passwordRules = (tokens: readonly string[]) =>
  tokens.length === 0 ? ['nopass'] : tokens.map((token) => `>${token}`);
