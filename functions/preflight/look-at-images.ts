import type { Finding, Judgement } from '../../schemas/finding.ts';
import { imagePresence } from '../ecs/image-presence.ts';
import { whyNotLooked } from '../health/why-not-looked.ts';
import { found } from './examine.ts';
import type { ReleaseContainer } from './state.ts';

const EXPECTED = 'must be in its registry';

/** Whether the images of a release can be pulled: a finding for each container. */
export function lookAtImages(
  containers: ReadonlyArray<Pick<ReleaseContainer, 'name' | 'image'>>,
): Promise<Finding[]> {
  return Promise.all(
    containers.map(async ({ name, image }) => found(`image of ${name}`, await judge(image))),
  );
}

async function judge(image: string): Promise<Judgement> {
  const name = image.split('/').at(-1);
  try {
    // A digest in the reference decides; a tag is what will be pulled.
    switch (await imagePresence(image, undefined)) {
      case 'present':
        return { verdict: 'pass', observed: `${name} is there`, expected: EXPECTED };
      case 'gone':
        return {
          verdict: 'fail',
          observed: `${name} is gone from its repository`,
          expected: EXPECTED,
          next: 'Push it, or name an image that is there.',
        };
      case 'unknown':
        // Nobody can do anything about it: it would stop every release of this service.
        return {
          verdict: 'warn',
          observed: `${name} is not in ECR, and cannot be looked up`,
          expected: EXPECTED,
        };
    }
  } catch (error) {
    return {
      verdict: 'unknown',
      observed: `${name} could not be looked up: ${whyNotLooked(error)}`,
      expected: EXPECTED,
    };
  }
}
