import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Begins with the rehearsals. They take longest, and most of them are short files, which would come last by themselves: in the end one
 * worker would rehearse while the others have nothing left to do.
 */
export default class RehearsalsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isRehearsal = ({ moduleId }: TestSpecification) => moduleId.includes('/test/rehearsal/');
    return [...sorted.filter(isRehearsal), ...sorted.filter((file) => !isRehearsal(file))];
  }
}
