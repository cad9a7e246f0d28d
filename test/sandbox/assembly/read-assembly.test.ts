import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localAssets } from '../../../sandbox/assembly/local-assets.ts';
import { readAssembly } from '../../../sandbox/assembly/read-assembly.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(file: string, content: unknown): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
}
const stack = (file: string, more: Record<string, unknown> = {}) => ({
  type: 'aws:cloudformation:stack',
  properties: { templateFile: file },
  ...more,
});
const names = () => readAssembly(folder).map(({ name }) => name);

describe('a cloud assembly', () => {
  test('has the stacks in the order of their dependencies', async () => {
    await write('t.json', {});
    await write('manifest.json', {
      artifacts: {
        Api: stack('t.json', { dependencies: ['Database', 'Assets'] }),
        Database: stack('t.json', { dependencies: ['Network'] }),
        Network: stack('t.json'),
        Assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
      },
    });
    await write('assets.json', {});
    expect(names()).toEqual(['Network', 'Database', 'Api']);
  });

  test('has the template and the name of a stack', async () => {
    await write('t.json', { Resources: { A: {} } });
    await write('manifest.json', {
      artifacts: { Api: stack('', { properties: { templateFile: 't.json', stackName: 'prod-api' } }) },
    });
    expect(readAssembly(folder)).toMatchObject([{ name: 'prod-api', template: { Resources: { A: {} } } }]);
  });

  test('has the stacks of its stages first', async () => {
    await write('t.json', {});
    await write('assembly-Prod/t.json', {});
    await write('assembly-Prod/manifest.json', { artifacts: { Inner: stack('t.json') } });
    await write('manifest.json', {
      artifacts: {
        Outer: stack('t.json'),
        Prod: { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Prod' } },
      },
    });
    expect(names()).toEqual(['Inner', 'Outer']);
  });

  test('knows where the file of an asset lies', async () => {
    await write('t.json', {});
    await write('assets.json', {
      files: {
        one: { source: { path: 'asset.1' }, destinations: { here: { objectKey: '1.zip' } } },
      },
    });
    await write('manifest.json', {
      artifacts: {
        Api: stack('t.json'),
        Assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
      },
    });
    expect([...(readAssembly(folder)[0]?.assets ?? [])]).toEqual([['1.zip', join(folder, 'asset.1')]]);
  });

  test('without a manifest is an error that says what to do', () => {
    expect(() => readAssembly(folder)).toThrow('npx cdk synth');
  });

  test('with a template that is no JSON is an error that names the file', async () => {
    await write('t.json', '{');
    await write('manifest.json', { artifacts: { Api: stack('t.json') } });
    expect(() => readAssembly(folder)).toThrow(join(folder, 't.json'));
  });
});

describe('a pointer to an asset', () => {
  test.each([
    ['of a function', { Code: { S3Bucket: 'assets', S3Key: '1.zip' } }, 'Code'],
    ['of a definition', { DefinitionS3Location: { Bucket: 'assets', Key: '1.zip' } }, 'DefinitionS3Location'],
  ])('%s becomes a local path', async (_what, value, property) => {
    await write('asset.1', 'x');
    const path = join(folder, 'asset.1');
    expect(localAssets(value, new Map([['1.zip', path]]))).toEqual({ [property]: { LocalPath: path } });
  });

  test('to another object stays', () => {
    const value = [{ Bucket: 'mine', Key: 'other.zip' }, { Bucket: 1, Key: '1.zip' }, null, 'text'];
    expect(localAssets(value, new Map([['1.zip', folder]]))).toEqual(value);
  });

  test('that was not staged is an error that says so', () => {
    const assets = new Map([['1.zip', join(folder, 'gone')]]);
    expect(() => localAssets({ Bucket: 'assets', Key: '1.zip' }, assets)).toThrow('synthesize it again');
  });
});
