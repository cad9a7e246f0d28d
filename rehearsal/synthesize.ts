import { App } from 'aws-cdk-lib';
import { DemoStack } from './demo-stack.ts';

/**
 * Synthesizes the demonstration team's stack into a folder; the same as `cdk synth` does, in this process, but for the check against
 * CloudFormation's schemas: that takes seconds, and the tests have done it.
 */
export function synthesizeDemo(outdir: string): string {
  // Without this the CDK collects its own call stacks for each construct, which takes most of the time.
  const app = new App({
    outdir,
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    context: { 'aws:cdk:disable-stack-trace': true },
  });
  new DemoStack(app, 'demo');
  return app.synth().directory;
}
