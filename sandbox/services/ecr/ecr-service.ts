import * as sdk from '@aws-sdk/client-ecr';
import { AwsError, type Machine, type Service } from '../../contract.ts';
import { paginate } from '../paginate.ts';

interface Image {
  readonly reference: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string;
}

/** Elastic Container Registry: the images that the sandbox was given, as repositories. */
export function createEcrService(machine: Machine): Service {
  const repositories = new Set<string>();

  function images(): Image[] {
    return [...machine.images].flatMap(([reference, { digest }]) => {
      const match = /\.dkr\.ecr\.[\w-]+\.amazonaws\.com\/([^:@]+)(?::([^@]+))?/.exec(reference);
      return match ? [{ reference, repository: match[1] as string, tag: match[2], digest }] : [];
    });
  }
  function inRepository(name: string): Image[] {
    const found = images().filter(({ repository }) => repository === name);
    if (found.length === 0 && !repositories.has(name)) {
      throw new AwsError(
        'RepositoryNotFoundException',
        `The repository with name '${name}' does not exist in the registry with id '${machine.account}'`,
      );
    }
    return found;
  }
  const on = (action: string) => (input: { repositoryName: string }) => [
    { action: `ecr:${action}`, resource: machine.arn('ecr', `repository/${input.repositoryName}`) },
  ];
  const matches = (id: { imageTag?: string; imageDigest?: string }) => (image: Image) =>
    (id.imageTag ?? image.tag) === image.tag && (id.imageDigest ?? image.digest) === image.digest;

  return {
    name: 'ecr',
    apis: [
      {
        signingNames: ['ecr'],
        sdk,
        client: 'ECRClient',
        operations: {
          DescribeImages: {
            permissions: on('DescribeImages'),
            handle(input) {
              const all = inRepository(input.repositoryName);
              for (const id of input.imageIds ?? []) {
                if (!all.some(matches(id))) {
                  throw new AwsError(
                    'ImageNotFoundException',
                    `The image with imageId {imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'} does not exist within the repository with name '${input.repositoryName}' in the registry with id '${machine.account}'`,
                  );
                }
              }
              const wanted = input.imageIds
                ? all.filter((image) => input.imageIds.some((id: object) => matches(id)(image)))
                : all;
              const { page, nextToken } = paginate(wanted, input.nextToken, input.maxResults ?? 100);
              return {
                imageDetails: page.map(({ repository, digest, tag }) => ({
                  registryId: machine.account,
                  repositoryName: repository,
                  imageDigest: digest,
                  imageTags: tag ? [tag] : [],
                })),
                nextToken,
              };
            },
          },
          BatchDeleteImage: {
            permissions: on('BatchDeleteImage'),
            handle(input) {
              const gone = inRepository(input.repositoryName).filter((image) =>
                input.imageIds.some((id: object) => matches(id)(image)),
              );
              for (const { reference } of gone) machine.images.delete(reference);
              return {
                imageIds: gone.map(({ digest, tag }) => ({ imageDigest: digest, imageTag: tag })),
                failures: [],
              };
            },
          },
        },
      },
    ],
    providers: [
      {
        type: 'AWS::ECR::Repository',
        create(resource) {
          const name = resource.properties.RepositoryName ?? resource.physicalName().toLowerCase();
          repositories.add(name);
          return {
            ref: name,
            attributes: {
              Arn: machine.arn('ecr', `repository/${name}`),
              RepositoryUri: `${machine.account}.dkr.ecr.${machine.region}.amazonaws.com/${name}`,
            },
          };
        },
      },
    ],
    close() {},
  };
}
