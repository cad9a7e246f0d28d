import type { ChildProcess } from 'node:child_process';

/**
 * The words that the parts of the sandbox share. A service (ECS, CloudWatch …) is a folder under `services/`; it gets
 * the {@link Machine}, offers API operations and resource providers, and talks to the others through the machine.
 */

/** What a child process needs to tell sandbox time by itself: both clocks at one moment (milliseconds since the epoch), and their rate. */
export interface ClockReading {
  readonly sandbox: number;
  readonly wall: number;
  readonly rate: number;
}

/**
 * Sandbox time: waiting is sped up, work is not. While a function runs or a task starts, this machine does what AWS would
 * do in about the same time, so time passes as on the wall (or slower, when told so); otherwise it passes `speed` times as
 * fast. A busy machine thus makes a rehearsal longer, and never makes the sandbox's services look slow.
 */
export interface Clock {
  readonly speed: number;
  /** Says that this machine works for the sandbox, until the returned function is called. */
  work(): () => void;
  reading(): ClockReading;
  /** Milliseconds since the epoch, sandbox time. */
  now(): number;
  /** Resolves after that many sandbox milliseconds; rejects with the signal's reason when aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls once after that many sandbox milliseconds (any length); returns the cancel function. */
  after(milliseconds: number, action: () => void): () => void;
  /** Calls again and again; returns the cancel function. */
  every(milliseconds: number, action: () => void): () => void;
}

/** Who makes a call: the sandbox's own administrator, an IAM role, or an AWS service acting for a resource. */
export type Caller =
  | { readonly kind: 'administrator' }
  | { readonly kind: 'role'; readonly roleArn: string; readonly session: string }
  | { readonly kind: 'service'; readonly principal: string; readonly sourceArn: string };

/** An error as AWS answers it: `code` is the shape name that SDKs turn into the error's name. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of the error shape. */
  readonly members: Record<string, unknown>;
  constructor(
    code: string,
    message: string,
    options: { status?: number; members?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.members = options.members ?? {};
  }
}

/** One permission that a call needs. */
export interface Permission {
  /** `ecs:UpdateService`. */
  readonly action: string;
  /** ARN, or `*` for actions without resource-level permission. */
  readonly resource: string;
  /** Condition keys of this request, such as `ecs:cluster`. */
  readonly conditions?: Record<string, string | string[]>;
}

export interface Call {
  readonly caller: Caller;
  readonly requestId: string;
  /** Aborts when the caller has gone, or has its answer: for calls that wait, such as long polls. */
  readonly signal: AbortSignal;
}

// biome-ignore lint/suspicious/noExplicitAny: inputs and outputs have the shapes of the SDK's own types; each operation narrows them.
type Shape = any;

/** One API operation. Input arrives decoded (SDK shape), output is encoded by the wire; both per the SDK's schema. */
export interface Operation {
  permissions(input: Shape): Permission[];
  handle(input: Shape, call: Call): Promise<Shape> | Shape;
}

/** One AWS service's API. */
export interface Api {
  /** Signing name(s) in the credential scope, such as `ecs`, `states`, `monitoring`. */
  readonly signingNames: readonly string[];
  /** The SDK client's module namespace (`import * as sdk from '@aws-sdk/client-ecs'`): source of operation schemas. */
  readonly sdk: Record<string, unknown>;
  /** Name of the client class in it, to learn protocol and target prefix. */
  readonly client: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /** Serves operations that `operations` lacks from the raw request (DynamoDB: a package speaks its protocol already). */
  passthrough?(request: RawRequest, call: Call): Promise<RawResponse>;
}

/** A request whose body the wire has not decoded. */
export interface RawRequest {
  readonly operation: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** A resource of a synthesized template, its properties resolved (Ref, GetAtt, Sub … already replaced). */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly stack: string;
  readonly properties: Record<string, Shape>;
  /** A physical name as CloudFormation would make it, for resources that do not name themselves. */
  physicalName(maximumLength?: number): string;
}

export interface CreatedResource {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes?: Record<string, unknown>;
}

/** Creates resources of one type. Unknown properties are the provider's to refuse. */
export interface ResourceProvider {
  readonly type: string;
  create(resource: Resource): Promise<CreatedResource> | CreatedResource;
}

/** What a service folder hands to the sandbox. */
export interface Service {
  readonly name: string;
  readonly apis: readonly Api[];
  readonly providers: readonly ResourceProvider[];
  /** Called once after all stacks are deployed, before the sandbox is ready. */
  start?(): Promise<void> | void;
  /** Ends timers, processes and sockets. Must be safe to call twice. */
  close(): Promise<void> | void;
}

/** An event on the default bus. `id`, `account`, `region`, `version` are added by the bus. */
export interface BusEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: Record<string, unknown>;
  readonly resources?: readonly string[];
  /** Sandbox milliseconds; now when absent. */
  readonly at?: number;
}

export interface MetricDatum {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Record<string, string>;
  readonly value: number;
  readonly unit?: string;
  /** Sandbox milliseconds; now when absent. */
  readonly at?: number;
}

/** A container image as a local program. */
export interface LocalImage {
  /** `sha256:…`, as ECR would report it. */
  readonly digest: string;
  /** Program and arguments; `node` means this Node. */
  readonly command: readonly string[];
  /** Environment baked into the image. */
  readonly environment?: Record<string, string>;
}

/** Engines that services offer each other; each is set by the service that implements it while it is constructed. */
export interface Engines {
  /** EventBridge: put an event on the default bus (delivery is asynchronous, at least once). */
  putEvent(event: BusEvent): void;
  /** CloudWatch: record a datum. */
  putMetric(datum: MetricDatum): void;
  /** Lambda: invoke; checks that `caller` may. `event` is fire-and-forget with Lambda's two retries. */
  invokeFunction(
    functionArn: string,
    payload: unknown,
    options: { caller: Caller; type: 'request' | 'event' },
  ): Promise<{
    payload: unknown;
    functionError?: { errorType: string; errorMessage: string; trace?: string[] };
  }>;
  /** Lambda: throws unless the function is there and `caller` may invoke it. */
  requireInvocable(functionArn: string, options: { caller: Caller }): void;
  /** Step Functions: start an execution as `caller`. Returns the execution ARN. */
  startExecution(
    stateMachineArn: string,
    input: string,
    options: { caller: Caller; name?: string },
  ): Promise<string>;
  /** SQS: send as `caller` (queue policies apply). */
  sendMessage(
    queueArn: string,
    body: string,
    options: { caller: Caller; attributes?: Record<string, string> },
  ): Promise<void>;
  /** SNS: publish as `caller`. */
  publish(topicArn: string, message: string, options: { caller: Caller; subject?: string }): Promise<void>;
  /** Secrets Manager: the value that ECS injects (`valueFrom` syntax: `arn:json-key:version-stage:version-id`), read as `caller`. */
  readSecret(valueFrom: string, options: { caller: Caller }): Promise<string>;
  /** SSM: a parameter's value, read as `caller`. */
  readParameter(nameOrArn: string, options: { caller: Caller }): Promise<string>;
  /** S3: an object's content, read as `caller`. */
  getObject(bucket: string, key: string, options: { caller: Caller }): Promise<Buffer>;
  /** S3: write an object as `caller`. */
  putObject(
    bucket: string,
    key: string,
    content: string,
    options: { caller: Caller; contentType: string },
  ): Promise<void>;
  /** RDS: where a database instance answers. */
  describeDatabase(identifier: string): DatabaseAddress;
  /** RDS: another account shares a snapshot with this one, holding the data of a snapshot of this account. Returns its ARN. */
  shareSnapshot(snapshot: string, options: SharedSnapshotOptions): string;
  /** Secrets Manager: a secret that another service of AWS keeps, such as RDS its master users' passwords. */
  keepSecret(name: string, value: string, options: KeptSecretOptions): KeptSecret;
  /** ECS: brings a service's desired count (`service/CLUSTER/NAME`) between two limits. */
  limitDesiredCount(resourceId: string, limits: { minimum: number; maximum: number }): void;
  /** Load balancer: a task's address joins its target group and is health-checked; the returned handle watches and removes it. */
  registerTarget(targetGroupArn: string, port: number): RegisteredTarget;
  /** CloudWatch Logs: append a line to a log group, `at` sandbox milliseconds (now when absent). */
  putLog(group: string, stream: string, line: string, at?: number): void;
  /** KMS: throws unless `caller` may use the key (id, ARN or alias) in all these ways through the service `via`, such as `sns`. */
  requireKey(
    keyId: string,
    uses: ReadonlyArray<'Encrypt' | 'Decrypt' | 'GenerateDataKey'>,
    options: { caller: Caller; via: string },
  ): void;
}

export interface SharedSnapshotOptions {
  /** The account that shares it: twelve digits. */
  readonly account: string;
  /** Its name there. */
  readonly identifier: string;
  /** Encrypted with this key of that account; absent when it is not encrypted. */
  readonly kmsKeyId?: string;
  /** Whether the key's policy lets this account use it; it does not unless told so. */
  readonly mayUseKey?: boolean;
}

export interface KeptSecretOptions {
  readonly description: string;
  /** As DescribeSecret shows it, such as `rds`. */
  readonly owningService: string;
}

export interface KeptSecret {
  readonly arn: string;
  remove(): void;
}

export interface RegisteredTarget {
  health(): 'initial' | 'healthy' | 'unhealthy' | 'draining';
  /** Takes no new requests from now on; resolves when the deregistration delay is over or no request is left. */
  deregister(): Promise<void>;
}

export interface DatabaseAddress {
  readonly identifier: string;
  readonly host: string;
  readonly port: number;
  readonly engine: string;
  readonly dbname: string;
}

/** Faults in force. */
export interface Faults {
  /** The effect for this call now, if any; counts occurrences. `subject` is such as `ecs:UpdateService` or `lambda:name`. */
  next(subject: string): string | undefined;
  add(rule: FaultRule): () => void;
}

/** Child processes that end when the sandbox ends, however it ends. */
export interface Processes {
  spawn(command: string, args: readonly string[], options: ChildOptions): ChildProcess;
}

export interface ChildOptions {
  readonly env: Record<string, string>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Opens an IPC channel. */
  readonly ipc?: boolean;
}

/** Policies of the account. Identity policies come from the deployed roles, resource policies from their services. */
export interface Policies {
  /** Throws `AccessDeniedException` (worded as AWS words it) unless the caller may; administrators always may. */
  require(caller: Caller, permission: Permission, resourcePolicy?: unknown): void;
  /** Registers a role (from AWS::IAM::Role / AWS::IAM::Policy providers). */
  addRole(role: { arn: string; name: string; trust: unknown }): void;
  attach(roleName: string, policy: { name: string; document: unknown }): void;
  /** Throws unless `principal` (such as `lambda.amazonaws.com`), acting for the resource `sourceArn`, may assume the role. */
  requireAssumable(roleArn: string, principal: string, sourceArn?: string): void;
  /** Throws `AccessDeniedException` unless the role's trust policy and the caller's own policies let the caller assume it. */
  requireAssumeRole(caller: Caller, roleArn: string): void;
  /** Credentials whose signatures the wire recognises as this role. */
  credentialsFor(
    roleArn: string,
    session: string,
  ): { accessKeyId: string; secretAccessKey: string; sessionToken: string };
}

/** Everything the services share. */
export interface Machine {
  readonly clock: Clock;
  /** From which programs that run for long read how the sandbox's time passes. */
  readonly clockFile: string;
  readonly account: string;
  readonly region: string;
  /** Scratch folder of this sandbox, removed when it closes. Traversable by other users (PostgreSQL does not run as root). */
  readonly directory: string;
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly policies: Policies;
  /** Services assign the members that they implement; the others throw. */
  readonly engines: { -readonly [Name in keyof Engines]: Engines[Name] };
  readonly faults: Faults;
  readonly processes: Processes;
  /** Image reference → program. An unknown image fails its task with `CannotPullContainerError`, as in ECS. */
  readonly images: Map<string, LocalImage>;
  /** PEM file with the certificate authority of this sandbox; clients trust it through NODE_EXTRA_CA_CERTS. */
  readonly certificateAuthority: CertificateAuthority;
  /** `arn:aws:service:region:account:rest`. */
  arn(service: string, rest: string, options?: { region?: string; account?: string }): string;
  /** One line of the sandbox's own log (never secrets). */
  log(line: string): void;
}

export interface CertificateAuthority {
  /** Path of the authority's certificate (PEM). */
  readonly file: string;
  /** Issues a server certificate for host names and addresses, valid as long as the authority or as told; PEM texts. */
  issue(
    names: readonly string[],
    validity?: { readonly notBefore: Date; readonly notAfter: Date },
  ): Promise<{ certificate: string; key: string }>;
}

/** How the sandbox is started. */
export interface SandboxOptions {
  /** Cloud assembly folder (`cdk.out`). */
  readonly assembly: string;
  /** Sandbox seconds per real second; 1 by default. */
  readonly speed?: number;
  readonly images?: ReadonlyMap<string, LocalImage>;
  /** Faults: see `faults/`. */
  readonly faults?: readonly FaultRule[];
  /** CloudFormation parameters that have no default. */
  readonly parameters?: Record<string, string>;
  readonly onLog?: (line: string) => void;
}

/** Makes calls that match fail in a named way. */
export interface FaultRule {
  /** `ecs:UpdateService`, `lambda:<function name or *>`, `events:<detail-type>`, `rds-lifecycle:<snapshot, restore or rename>`, `elasticache-lifecycle:modify`, `secrets-manager:<stale-reads or stale-labels>`; `*` matches any run of characters. */
  readonly call: string;
  /** `error:CODE` answers that error; `throttle`; `timeout-after` does the work, then never answers in time; `timeout` never does it; `repeat` does it twice; `lose` (events) drops it; `late:SECONDS` delivers later, or shows readers a secret's new labels and values later; `fail`, `storage-full` and `hang` (lifecycles of RDS and ElastiCache) are how it ends. */
  readonly effect: string;
  /** Only these matching calls, counted from 1; all when absent. */
  readonly occurrences?: readonly number[];
}

/** A running sandbox. */
export interface Sandbox {
  readonly machine: Machine;
  readonly endpoint: string;
  readonly clock: Clock;
  /** Environment variables with which any AWS client talks to this sandbox as administrator. */
  readonly environment: Record<string, string>;
  /** Stack outputs by stack and output key. */
  readonly outputs: Record<string, Record<string, string>>;
  /** `Ref` values by stack and logical id. */
  readonly resources: Record<string, Record<string, string>>;
  /** Which permissions each role has used so far: `role name → action on resource`. */
  permissionsUsed(): ReadonlyMap<string, ReadonlySet<string>>;
  /** Which allow statements of each role no call has needed so far: `role name → action pattern on resource pattern`. */
  permissionsUnused(): ReadonlyMap<string, ReadonlySet<string>>;
  /** Adds a fault while running; returns its removal. */
  addFault(rule: FaultRule): () => void;
  close(): Promise<void>;
}
