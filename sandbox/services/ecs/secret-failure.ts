/**
 * Why a task's secret could not be injected, as ECS says it after `ResourceInitializationError: `.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
 */
export function secretFailure(valueFrom: string, error: Error): Error {
  const cause =
    error.name === 'ResourceInitializationError'
      ? error.message
      : `failed to fetch secret ${valueFrom} from secrets manager: ${error.name}: ${error.message}`;
  return new Error(
    `unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): ${cause}`,
  );
}
