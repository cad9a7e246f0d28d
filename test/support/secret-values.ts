import { createHash } from 'node:crypto';
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

/** Members of secrets that hold nothing that is to be hidden: names, places, times and public parts of keys. */
const OPEN = new Set([
  ...['engine', 'host', 'port', 'dbname', 'username', 'dbInstanceIdentifier', 'masterarn'],
  ...[
    'kid',
    'alg',
    'use',
    'createdAt',
    'signsFrom',
    'verifiesUntil',
    'kty',
    'crv',
    'x',
    'y',
    'n',
    'e',
    'ext',
  ],
]);
/** Shorter values are words that stand everywhere, such as the name of the first administrator of the shop. */
const SHORTEST = 8;
/** A part of a value is as much a leak as the whole; shorter ones would be found by chance. */
const PART = 12;

/** Every value that any version of any secret ever had: collected now and then, because versions without a label vanish. */
export class SecretValues {
  readonly #client = new SecretsManagerClient({});
  /** Value → `secret version member`. */
  readonly #values = new Map<string, string>();
  readonly #versions = new Set<string>();

  /** Reads every version that is there now, with a label and without. */
  async collect(): Promise<void> {
    const { SecretList = [] } = await this.#client.send(new ListSecretsCommand({ MaxResults: 100 }));
    for (const { Name = '', ARN } of SecretList) {
      const { Versions = [], NextToken } = await this.#client.send(
        new ListSecretVersionIdsCommand({ SecretId: ARN, IncludeDeprecated: true, MaxResults: 100 }),
      );
      if (NextToken !== undefined) throw new Error(`${Name} has more versions than are read at once.`);
      for (const { VersionId = '' } of Versions) {
        if (this.#versions.has(VersionId)) continue;
        const { SecretString = '' } = await this.#client.send(
          new GetSecretValueCommand({ SecretId: ARN, VersionId }),
        );
        this.#versions.add(VersionId);
        this.#learn(SecretString, `${Name} ${VersionId}`);
      }
    }
  }

  /** How many versions were read. */
  get versions(): number {
    return this.#versions.size;
  }

  /** Values by the names of their members, such as every `password`. */
  named(member: string): string[] {
    return [...this.#values].flatMap(([value, whose]) => (whose.endsWith(` ${member}`) ? [value] : []));
  }

  /** What must stand nowhere → whose it is and in which form: whole, in part, encoded, or as a hash. */
  needles(): ReadonlyMap<string, string> {
    const needles = new Map<string, string>();
    for (const [value, whose] of this.#values)
      for (const [form, needle] of formsOf(value)) needles.set(needle, `${whose} (${form})`);
    return needles;
  }

  #learn(text: string, whose: string): void {
    for (const [member, value] of leavesOf(parsed(text)))
      if (typeof value === 'string' && value.length >= SHORTEST && !OPEN.has(member))
        this.#values.set(value, `${whose} ${member}`);
  }
}

/** Every value within a value, with the name of the member that it is. */
function leavesOf(value: unknown, member = ''): Array<[string, unknown]> {
  if (value === null || typeof value !== 'object') return [[member, value]];
  return Object.entries(value).flatMap(([name, within]) =>
    leavesOf(within, Array.isArray(value) ? member : name),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function formsOf(value: string): Array<[string, string]> {
  const hash = (encoding: 'hex' | 'base64') => createHash('sha256').update(value).digest(encoding);
  return [
    ['whole', value],
    ['in JSON', JSON.stringify(value).slice(1, -1)],
    ['in JSON in JSON', JSON.stringify(JSON.stringify(value)).slice(3, -3)],
    ['in a URL', encodeURIComponent(value)],
    ['in Base64', Buffer.from(value).toString('base64').replace(/=+$/, '')],
    ['hashed', hash('hex')],
    ['hashed', hash('base64')],
    ...(value.length < 2 * PART
      ? []
      : ([
          ['its beginning', value.slice(0, PART)],
          ['its end', value.slice(-PART)],
        ] as Array<[string, string]>)),
  ];
}
