/// <reference path="./asl-validator.d.ts" />
import { createRequire } from 'node:module';
import aslValidator from 'asl-validator';

const require = createRequire(import.meta.url);
/** The JSON schema validator that asl-validator uses, as its module exports it. */
const ajv = createRequire(require.resolve('asl-validator'))('ajv') as {
  default: new (options: object) => object;
};
const Ajv = ajv.default;
/** The validator with the schemas of the States Language and, from the first check on, what was compiled of them. */
let validator: object | undefined;

/**
 * Checks a state machine's definition against the States Language. asl-validator compiles its schemas anew for each definition, which
 * takes longer than everything else; they are always the same, so from the second definition on it gets those that it has compiled.
 *
 * @returns what is wrong with it; undefined when nothing is
 */
export function invalidityOf(definition: unknown): string | undefined {
  const known = validator;
  ajv.default = class {
    constructor(options: object) {
      validator = known ?? new Ajv(options);
      // biome-ignore lint/correctness/noConstructorReturn: asl-validator calls a constructor.
      return validator;
    }
  };
  try {
    const { isValid, errorsText } = aslValidator(definition, { checkPaths: true, checkArn: true });
    // It was told its formats and keywords, and refuses to be told them again.
    if (validator) Object.assign(validator, { addFormat: () => validator, addKeyword: () => validator });
    return isValid ? undefined : errorsText('\n');
  } finally {
    ajv.default = Ajv;
  }
}
