import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { client } from '../clients.ts';

const ecr = client(ECRClient);

export type Presence = 'present' | 'gone' | 'unknown';

/** Registry, repository and tag or digest of an ECR image reference; undefined for other registries. */
export function parseEcrImage(
  image: string,
): { registryId: string; repository: string; tag?: string; digest?: string } | undefined {
  const match =
    /^(\d{12})\.dkr\.ecr\.[\w-]+\.amazonaws\.com(?:\.cn)?\/([^:@]+)(?::([^@]+))?(?:@(sha256:[0-9a-f]+))?$/.exec(
      image,
    );
  if (!match) return undefined;
  const [, registryId, repository, tag, digest] = match as unknown as [
    string,
    string,
    string,
    string?,
    string?,
  ];
  return { registryId, repository, ...(tag ? { tag } : {}), ...(digest ? { digest } : {}) };
}

/** Whether an image can still be pulled. A known digest decides, for tags move. Images outside ECR cannot be looked up. */
export async function imagePresence(image: string, digest: string | undefined): Promise<Presence> {
  const parsed = parseEcrImage(image);
  if (!parsed) return 'unknown';
  const wanted = digest ?? parsed.digest;
  const imageId = wanted === undefined ? { imageTag: parsed.tag ?? 'latest' } : { imageDigest: wanted };
  try {
    await ecr().send(
      new DescribeImagesCommand({
        registryId: parsed.registryId,
        repositoryName: parsed.repository,
        imageIds: [imageId],
      }),
    );
    return 'present';
  } catch (error) {
    const { name } = error as Error;
    if (name === 'ImageNotFoundException' || name === 'RepositoryNotFoundException') return 'gone';
    throw error;
  }
}
