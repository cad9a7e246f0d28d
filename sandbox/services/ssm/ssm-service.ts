import * as sdk from '@aws-sdk/client-ssm';
import { AwsError, type Caller, type Machine, type Service } from '../../contract.ts';
import { paginate } from '../paginate.ts';
import { refuseUnknown } from '../refuse-unknown.ts';
import { calendarState } from './change-calendar.ts';
import { describeParameters } from './describe-parameters.ts';

/** Longest value of a standard and of an advanced parameter, in bytes. */
const LONGEST_VALUE = { Standard: 4096, Advanced: 8192 } as const;

interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly version: number;
  readonly tier: 'Standard' | 'Advanced';
  readonly changedAt: number;
}

/** Systems Manager: Parameter Store and Change Calendar. */
export function createSsmService(machine: Machine): Service {
  const parameters = new Map<string, Parameter>();
  const calendars = new Map<string, string>();
  const arnOf = (name: string) => machine.arn('ssm', `parameter${name.startsWith('/') ? '' : '/'}${name}`);
  const nameOf = (nameOrArn: string) =>
    nameOrArn.startsWith('arn:') ? (nameOrArn.split(':parameter')[1] as string) : nameOrArn;

  function findIfThere(nameOrArn: string): Parameter | undefined {
    if (!nameOrArn.startsWith('arn:')) return parameters.get(nameOrArn);
    // An ARN has a slash before the name, whether the name begins with one or not.
    const name = nameOf(nameOrArn);
    return parameters.get(name) ?? parameters.get(name.slice(1));
  }

  function find(nameOrArn: string): Parameter {
    const parameter = findIfThere(nameOrArn);
    if (!parameter) throw new AwsError('ParameterNotFound', `Parameter ${nameOf(nameOrArn)} not found.`);
    return parameter;
  }

  function put(
    name: string,
    type: string,
    value: string,
    tier: 'Standard' | 'Advanced' = 'Standard',
  ): Parameter {
    if (Buffer.byteLength(value) > LONGEST_VALUE[tier]) {
      throw new AwsError(
        'ValidationException',
        `${tier} tier parameters support a maximum parameter value of ${LONGEST_VALUE[tier]} characters.`,
      );
    }
    const parameter = {
      name,
      type,
      value,
      tier,
      version: (parameters.get(name)?.version ?? 0) + 1,
      changedAt: machine.clock.now(),
    };
    parameters.set(name, parameter);
    return parameter;
  }

  const show = (parameter: Parameter) => ({
    Name: parameter.name,
    Type: parameter.type,
    Value: parameter.value,
    Version: parameter.version,
    LastModifiedDate: new Date(parameter.changedAt),
    ARN: arnOf(parameter.name),
    DataType: 'text',
  });

  machine.engines.readParameter = async (nameOrArn: string, { caller }: { caller: Caller }) => {
    machine.policies.require(caller, { action: 'ssm:GetParameters', resource: arnOf(nameOf(nameOrArn)) });
    return find(nameOrArn).value;
  };

  return {
    name: 'ssm',
    apis: [
      {
        signingNames: ['ssm'],
        sdk,
        client: 'SSMClient',
        operations: {
          GetParameter: {
            permissions: (input) => [{ action: 'ssm:GetParameter', resource: arnOf(nameOf(input.Name)) }],
            handle: (input) => ({ Parameter: show(find(input.Name)) }),
          },
          GetParameters: {
            permissions: (input) =>
              input.Names.map((name: string) => ({
                action: 'ssm:GetParameters',
                resource: arnOf(nameOf(name)),
              })),
            handle(input) {
              const known = input.Names.filter((name: string) => findIfThere(name) !== undefined);
              return {
                Parameters: known.map((name: string) => show(find(name))),
                InvalidParameters: input.Names.filter((name: string) => !known.includes(name)),
              };
            },
          },
          GetParametersByPath: {
            permissions: (input) => [
              { action: 'ssm:GetParametersByPath', resource: arnOf(input.Path.replace(/\/$/, '')) },
            ],
            handle(input) {
              const path = input.Path.endsWith('/') ? input.Path : `${input.Path}/`;
              const found = [...parameters.values()].filter(
                ({ name }) =>
                  name.startsWith(path) && (input.Recursive || !name.slice(path.length).includes('/')),
              );
              const { page, nextToken } = paginate(found, input.NextToken, input.MaxResults ?? 10);
              return { Parameters: page.map(show), NextToken: nextToken };
            },
          },
          DescribeParameters: describeParameters(() => parameters.values(), arnOf),
          PutParameter: {
            permissions: (input) => [{ action: 'ssm:PutParameter', resource: arnOf(input.Name) }],
            handle(input) {
              if (parameters.has(input.Name) && !input.Overwrite) {
                throw new AwsError(
                  'ParameterAlreadyExists',
                  'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
                );
              }
              const stored = put(
                input.Name,
                input.Type ?? parameters.get(input.Name)?.type ?? 'String',
                input.Value,
                input.Tier,
              );
              return { Version: stored.version, Tier: stored.tier };
            },
          },
          DeleteParameter: {
            permissions: (input) => [{ action: 'ssm:DeleteParameter', resource: arnOf(input.Name) }],
            handle(input) {
              parameters.delete(find(input.Name).name);
              return {};
            },
          },
          GetCalendarState: {
            permissions: (input) =>
              input.CalendarNames.map((name: string) => ({
                action: 'ssm:GetCalendarState',
                resource: name.startsWith('arn:') ? name : machine.arn('ssm', `document/${name}`),
              })),
            handle(input) {
              const at = input.AtTime ? new Date(input.AtTime) : new Date(machine.clock.now());
              const states = input.CalendarNames.map((name: string) => {
                const text = calendars.get(name.split('/').at(-1) as string);
                if (text === undefined)
                  throw new AwsError('InvalidDocument', `The calendar ${name} does not exist.`);
                return calendarState(text, at);
              });
              return {
                State: states.every((state: string) => state === 'OPEN') ? 'OPEN' : 'CLOSED',
                AtTime: at.toISOString(),
              };
            },
          },
          CreateDocument: {
            permissions: (input) => [
              { action: 'ssm:CreateDocument', resource: machine.arn('ssm', `document/${input.Name}`) },
            ],
            handle(input) {
              if (input.DocumentType !== 'ChangeCalendar')
                throw new AwsError(
                  'InvalidDocumentOperation',
                  'The sandbox keeps documents of the type ChangeCalendar only.',
                );
              if (calendars.has(input.Name))
                throw new AwsError('DocumentAlreadyExists', 'The specified document already exists.');
              calendarState(input.Content, new Date(machine.clock.now()));
              calendars.set(input.Name, input.Content);
              return {
                DocumentDescription: { Name: input.Name, DocumentType: 'ChangeCalendar', Status: 'Active' },
              };
            },
          },
        },
      },
    ],
    providers: [
      {
        type: 'AWS::SSM::Parameter',
        create(resource) {
          refuseUnknown(resource, ['Name', 'Type', 'Value', 'Tier', 'AllowedPattern', 'DataType']);
          const { properties } = resource;
          const name = properties.Name ?? resource.physicalName();
          put(name, properties.Type, properties.Value, properties.Tier);
          return { ref: name, attributes: { Type: properties.Type, Value: properties.Value } };
        },
      },
    ],
    close() {},
  };
}
